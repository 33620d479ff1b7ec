"""Where the package says what its caller is not told otherwise: the logger `wheelhouse`, whose warnings go to stderr unless the
program has set up logging."""

import logging

LOG = logging.getLogger("wheelhouse")
