"""Where people read and type: one file per platform; see bot.ports.Platform."""
