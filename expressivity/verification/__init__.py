"""From a network and an arithmetic to an answer with a certificate, and an independent checker of certificates."""
