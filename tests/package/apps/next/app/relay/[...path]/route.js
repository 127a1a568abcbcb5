import { createRelay } from "replicate-wasm/relay";

let relay; // made at the first request: `next build` runs this module too, without the environment
const handler = (request) => {
  const { UPSTREAM } = process.env;
  relay ??= createRelay({
    token: "r8_of-nobody",
    upstream: `${UPSTREAM}/v1`,
    streamHosts: [new URL(UPSTREAM).host],
    authorize: () => "somebody",
    models: ["meta/*", "stability-ai/stable-diffusion-3"],
  });
  return relay(request);
};
export { handler as GET, handler as POST, handler as PATCH, handler as DELETE, handler as OPTIONS };
