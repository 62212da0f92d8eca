"""What a linear RNN is: transitions, layers, stacks, architecture families and network files."""
