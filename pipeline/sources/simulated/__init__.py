"""The parts of the simulated exchange, which ``simulator`` puts together.

Pure: ``pairs`` → ``market`` (``book``, ``history``, ``past``, ``plan``, ``campaign``) → ``wire``,
``rest`` (``parameters``) and ``session``, within ``limits``. With sockets: ``sockets``,
``broadcast`` and ``server``.
"""
