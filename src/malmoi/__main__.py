"""`python -m malmoi`, where no script folder is on the path."""

import sys

from malmoi.cli.app import main

sys.exit(main())
