"""The exchange: the control plane. `settings.FLOORS` names its floors from the ground up."""
