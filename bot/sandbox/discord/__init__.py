"""A Discord on loopback: REST v10, gateway v10 and attachments, for one application.

`world` holds what exists, `payloads` writes it as Discord does, `posts`, `threads` and `interactions` are the rules,
`gateway` tells the bot, `router` and `routes` listen to it, `server` binds the port.
"""
