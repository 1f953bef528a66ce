"""The catalogue in the words of CKAN 2.10's action API, for reading."""
