"""Our own token machine: runs every construct of a diagram straight from the model, in a world."""
