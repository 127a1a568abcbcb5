import { predict } from "./predict.js";

export default {
  async fetch(request, env) {
    const { text, bytes } = await predict(env.SANDBOX);
    return Response.json({ text, bytes });
  },
};
