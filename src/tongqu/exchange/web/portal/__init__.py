"""The portal: what anyone may see of the market, its notices, certificates, rules and log."""
