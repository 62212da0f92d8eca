"""The app: its questions, the process that answers them, how answers are said, and the server of the pages."""
