/**
 * The table of attacks and mistakes: each is a name and a function. They run against the relay in Node and in workerd. `lab.ask` sends a
 * request as this attack's own caller and fails if the answer leaks a secret. `lab.creates()` are the creates that have reached Replicate
 * since the attack began.
 */
import "./pages.mjs";
import "./callers.mjs";
import "./paths.mjs";
import "./routes.mjs";
import "./models.mjs";
import "./ids.mjs";
import "./bodies.mjs";
import "./headers.mjs";
import "./answers.mjs";
import "./limits.mjs";

export { attacks } from "./table.mjs";
