"""The portal's pages: inputs, one service call, drawing. No AWS, no decisions."""
