/** The channel on which dispatchers hear that lanes have work; the payload is their ids, comma-separated, or nothing. */
export const dueChannel = 'delivery_due'
/** The channel on which owners hear that lanes start afresh: what they remember of failures is void. */
export const resetChannel = 'lane_reset'
/** The channel on which owners hear that a subscription has ended; the payload is its lane's id, a colon, and its own. */
export const endedChannel = 'subscription_ended'
/** The channel on which owners hear of a lane's new limit; the payload is its id, a colon, and so many per second or nothing. */
export const limitChannel = 'lane_limit'
