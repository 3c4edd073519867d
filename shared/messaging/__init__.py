"""Getting facts from the outbox to everyone who must know: broker, relay, consumers, dead letters, followers.

Services see `shared.messaging.subscriptions` only; the composition sees `shared.messaging.bus`.
"""
