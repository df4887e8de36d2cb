"""The portal's core: what a data mesh is, what may be done to it, and how AWS is asked to do it."""
