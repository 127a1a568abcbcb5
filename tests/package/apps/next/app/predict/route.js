import { predict } from "../../predict.js";

export async function POST() {
  const { text, bytes } = await predict(process.env.UPSTREAM);
  return Response.json({ text, bytes });
}
