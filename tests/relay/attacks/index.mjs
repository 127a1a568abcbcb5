/**
 * Attacks and mistakes, as a table: each is a name and what happens. They run against the relay in Node and in workerd. `lab.ask` sends a
 * request as a caller of this attack's own and fails when the answer leaks something; `lab.creates()` are the creates that reached
 * Replicate since the attack began.
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
