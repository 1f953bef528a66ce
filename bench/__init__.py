"""One file for each question. Each measures ours beside the peer or the limit in the same run; `python -m bench` runs all."""
