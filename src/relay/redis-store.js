export function createRedisStore() {}
