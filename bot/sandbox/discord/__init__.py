"""The sandbox's Discord listens on loopback for one application: REST v10, gateway v10 and attachments.

`world` keeps guilds, channels, users and messages. `payloads` writes them as JSON, `forms` checks the JSON that clients
send. `gateway` sends events to the bot. `rest` serves requests, applies the rules of posting, and starts the server.
"""
