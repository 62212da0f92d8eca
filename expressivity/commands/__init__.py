"""The commands, one file each: `register` declares the arguments, a function runs the command."""
