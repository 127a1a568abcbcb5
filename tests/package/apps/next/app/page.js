import { Predictions } from "./predictions.js";

export default () => <Predictions />;
