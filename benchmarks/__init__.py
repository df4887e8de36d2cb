"""How fast the portal and its endpoint are, as ratios against their floors and as seconds: `make bench`."""
