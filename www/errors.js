/** What an error means for the reader: a title, a sentence, what to do, and one button. */

/**
 * @typedef {object} Explanation
 * @property {string} title
 * @property {string} sentence
 * @property {string} advice
 * @property {"again" | "continue" | "edit" | "look"} action
 * @property {string} label of the button
 * @property {number} [waitMs] try again after so long, unless the reader stops it
 * @property {boolean} [whenOnline] try again when the connection is back
 */

const again = { action: "again", label: "Try again" };
const edit = { action: "edit", label: "Edit and retry" };
const goOn = { action: "continue", label: "Continue" };

/** The wait after a 429 without `Retry-After`. */
const usualWaitMs = 10_000;

/** By the error's code. @type {Record<string, (error: any, canResume: boolean) => Explanation>} */
const explanations = {
  network: () => ({
    title: "No connection",
    sentence: "The server could not be reached.",
    advice: "Check that it runs and that you are online. The page tries again by itself when the connection is back.",
    whenOnline: true,
    ...again,
  }),
  interrupted: (_, canResume) => ({
    title: "Interrupted",
    sentence: "The answer broke off before its end.",
    advice: canResume ? "What has come stays. Continue to get the rest." : "This protocol cannot go on in the middle: ask again.",
    ...(canResume ? goOn : again),
  }),
  timeout: (_, canResume) => ({
    title: "Out of time",
    sentence: "The prediction did not end within its time limit.",
    advice: canResume ? "Continue to see what has become of it." : "Ask again, or choose a faster model.",
    ...(canResume ? goOn : again),
  }),
  unknown_outcome: () => ({
    title: "May have run",
    sentence: "The request was sent, and no answer came back: the prediction may be running, and cost money.",
    advice: "Look before sending it again.",
    action: "look",
    label: "Look for it",
  }),
  unseen: () => ({
    title: "May have run",
    sentence: "This page cannot list the predictions of your backend.",
    advice: "Look at the list on Replicate, or at the log of your Cog server. If the prediction is not there, send the message again.",
    ...again,
    label: "Send again",
  }),
  not_run: () => ({
    title: "It did not run",
    sentence: "The server has no such prediction.",
    advice: "It costs nothing to send it again.",
    ...again,
    label: "Send again",
  }),
  failed: ({ detail }) => ({
    title: "The model failed",
    sentence: detail ? `It said: ${detail}` : "It did not say why.",
    advice: "Its logs may tell more. Change the message or the inputs, and try again.",
    ...edit,
  }),
  canceled: () => ({
    title: "Cancelled",
    sentence: "Somebody else, or a time limit of the server, cancelled the prediction.",
    advice: "Ask again if you still want it.",
    ...again,
  }),
  aborted: () => ({
    title: "Never started",
    sentence: "The server gave the prediction up before it began.",
    advice: "Ask again: the model may be warm by then.",
    ...again,
  }),
  protocol: () => ({
    title: "An answer that makes no sense",
    sentence: "Something between this page and the server answered in its place, or the server is of another kind.",
    advice: "Check the address of the backend, then try again.",
    ...again,
  }),
  reload: () => ({
    title: "Cut off by the reload",
    sentence: "This protocol cannot take up a prediction again.",
    advice: "Your question is still here: ask it again.",
    ...again,
  }),
};

/** By the status of an answer. */
const statuses = [
  [401, "Not signed in", "The server does not know who asks.", "Check the token or the login of the backend.", again],
  [403, "Not allowed", "The server refuses this request.", "The relay may not list this model: add it to its option models.", edit],
  [404, "Not found", "The server knows no such model or prediction.", "Check the name of the model.", edit],
  [409, "Busy", "The server runs one prediction at a time.", "Wait until it is ready, then try again.", again],
  [413, "Too large", "The request is larger than the server takes.", "Attach a smaller file, or shorten the message.", edit],
  [422, "Refused inputs", "The model does not take these inputs.", "Change them as the server says below.", edit],
];

/** @param {any} error with a `code` where it is the package's own @param {boolean} canResume @returns {Explanation} */
export function explain(error, canResume) {
  const { code, status } = error;
  if (status === 429) {
    return {
      title: "Rate limited",
      sentence: "The server wants fewer requests in this time.",
      advice: "The page sends it again when the server allows it.",
      waitMs: error.retryAfterMs ?? usualWaitMs,
      ...again,
    };
  }
  const known = code === "http" && statuses.find(([number]) => number === status);
  if (known) {
    const [, title, sentence, advice, action] = known;
    return { title, sentence: error.detail ? `${sentence} It says: ${error.detail}` : sentence, advice, ...action };
  }
  if (code === "http") {
    return {
      title: `The server answered ${status}`,
      sentence: status >= 500 ? "Something went wrong on its side." : "It did not accept the request.",
      advice: status >= 500 ? "Try again in a moment." : "Change the request as it says below.",
      ...(status >= 500 ? again : edit),
    };
  }
  return (
    explanations[code]?.(error, canResume) ?? {
      title: "This cannot be sent",
      sentence: error.message,
      advice: "Change the message, the inputs or the protocol.",
      ...edit,
    }
  );
}

/** The codes whose title is also the state of the card. After all others the state is "Failed". */
const ownStates = ["network", "interrupted", "timeout", "unknown_outcome", "unseen", "not_run", "canceled", "aborted", "reload"];

/** The state of a card that ended with this error, in words. @param {any} error */
export const errorState = (error) => (ownStates.includes(error.code) || error.status === 429 ? explain(error, false).title : "Failed");

/** For the technical part of an error's card. @returns {string} */
export function technical(error) {
  const { name, message, code, status, detail, predictionId, request } = error;
  const lines = {
    [name ?? "Error"]: message,
    code,
    status,
    detail: detail && !message?.includes(detail) ? detail : undefined,
    prediction: predictionId,
    request: request && `${request.method} ${request.url}`,
  };
  return Object.entries(lines)
    .filter(([, value]) => value !== undefined && value !== "")
    .map(([key, value]) => `${key}: ${typeof value === "string" ? value : JSON.stringify(value)}`)
    .join("\n");
}
