"""Wall clocks that are not the machine's, for nodes that are started after this."""

import subprocess
from pathlib import Path

SOURCE = Path(__file__).with_name("other_clock.c")


def set_clock(node, directory, days):
    """The node's clock is so many days ahead from its next start on."""
    shim = directory / "other_clock.so"
    if not shim.exists():
        subprocess.run(["cc", "-O2", "-shared", "-fPIC", "-o", shim, SOURCE], check=True)
    node.environment = node.environment | {"LD_PRELOAD": str(shim), "PEERAGE_CLOCK_OFFSET": str(days * 86_400)}
