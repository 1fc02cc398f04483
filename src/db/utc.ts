/** Both of Prisma's adapters write timestamps without an offset and take every offset they read for UTC. */
export const UTC = "SET TIME ZONE 'UTC'";
