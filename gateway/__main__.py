"""`python -m gateway` is `isinglass`."""

from gateway.cli import main

main()
