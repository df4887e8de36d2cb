"""Use cases: each reads through ports, decides with the domain, and changes the world through `apply` only."""
