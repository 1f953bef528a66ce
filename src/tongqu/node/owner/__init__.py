"""What whoever runs a node sees and does: a line to the running node, what its folder says, what is wrong and what mends it.

Nothing here is on the buyers' door. The line is a socket in the state folder: whoever may write there may ask.
"""

from tongqu.node.owner.line import NotRunning, OwnerLine, ask
from tongqu.node.owner.tally import Tally

__all__ = ["NotRunning", "OwnerLine", "Tally", "ask"]
