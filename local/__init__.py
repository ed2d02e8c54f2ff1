"""The registry on a local AWS engine: `make up`, `make down`, `make url`."""
