// Read-only routes: the account, the hardware, the webhook secret, the collections.

import { ACCOUNT, COLLECTIONS, HARDWARE } from "./catalogue.js";
import { showModel } from "./model-routes.js";
import { paginate } from "./pagination.js";
import { notFound } from "./problem.js";

/** A public test value in the form of Replicate's secrets: base64 of "sandbox-only-not-a-real-secret". */
const WEBHOOK_SECRET = "whsec_c2FuZGJveC1vbmx5LW5vdC1hLXJlYWwtc2VjcmV0";

/** @type {import("./router.js").Routes} */
export const accountRoutes = {
  "GET /account": () => Response.json(ACCOUNT),
  "GET /hardware": () => Response.json(HARDWARE),
  "GET /webhooks/default/secret": () => Response.json({ key: WEBHOOK_SECRET }),
  "GET /collections": (context) => paginate(context, COLLECTIONS, "slug", ({ models, ...collection }) => collection),
  "GET /collections/:slug": (context) => {
    const collection = COLLECTIONS.find(({ slug }) => slug === context.params.slug);
    if (!collection) throw notFound();
    const models = collection.models.map((ref) => showModel(context, context.state.models.get(ref)));
    return Response.json({ ...collection, models });
  },
};
