/** Models that are not allowed, under any name. */
import { gemma, hello, playground, sdxl } from "../relays.mjs";
import { attack, input, notCreated, runHello } from "./table.mjs";

attack("a relay without models creates nothing", notCreated(403, runHello(), "/empty/v1/predictions"));
attack("a model that is not listed is refused", notCreated(403, { input }, "/strict/v1/models/google-deepmind/gemma-2b-it/predictions"));
attack("a model that is not listed is refused by the provider's route", notCreated(403, { ...gemma, input }, "/strict/api/prediction"));
attack("a listed model in capitals is another model", notCreated(403, { input }, "/strict/v1/models/Replicate/Hello-World/predictions"));
attack("an alias is no model", notCreated(422, { model: "gemma-2b", version: hello.version, input }, "/strict/api/prediction"));
attack("a version of a model that is not listed is refused", notCreated(403, { version: gemma.version, input }));
attack(
  "a version of a model that is not listed is refused with its name",
  notCreated(403, { version: `${gemma.model}:${gemma.version}`, input }),
);
attack("the name of a model that is not listed is no version either", notCreated(403, { version: gemma.model, input }));
attack("a version of another model is refused under a listed name", notCreated(403, { version: `${hello.model}:${gemma.version}`, input }));
attack(
  "a version of another model is refused under a wildcard's name",
  notCreated(403, { version: `meta/meta-llama-3-8b-instruct:${gemma.version}`, input }),
);
attack("a wildcard does not vouch for a version without a name", notCreated(403, { version: playground.version, input }));
attack("a wildcard's owner must be the whole name", notCreated(403, { input }, "/strict/v1/models/metaphor/model/predictions"));
attack("a listed version does not open its model", notCreated(403, { input }, `/strict/v1/models/${sdxl.model}/predictions`));
attack(
  "a listed version does not open another version of its model",
  notCreated(403, { version: `${sdxl.model}:${gemma.version}`, input }),
);
attack("a listed version under another model's name is refused", notCreated(403, { version: `${hello.model}:${sdxl.version}`, input }));
attack(
  "model and version that disagree are refused",
  notCreated(422, { model: hello.model, version: `${sdxl.model}:${sdxl.version}`, input }),
);
attack(
  "a model with a version inside that disagrees is refused",
  notCreated(422, { model: `${hello.model}:${gemma.version}`, version: hello.version, input }),
);
attack(
  "a version beside the model's own route is refused",
  notCreated(422, { version: gemma.version, input }, "/strict/v1/models/meta/meta-llama-3-8b-instruct/predictions"),
);
attack("a version that is a path is refused", notCreated(422, { version: "../../../account", input }));
attack("a version that is a URL is refused", notCreated(422, { version: "https://evil.example/model", input }));
attack("a version with a line break is refused", notCreated(422, { version: `${hello.version}\n`, input }));
attack("a version with an invisible character is refused", notCreated(422, { version: `${hello.version}\u200b`, input }));
attack("a model in letters that look alike is refused", notCreated(422, { model: "replic\u0430te/hello-world", input }));
attack("a version that is no string is refused", notCreated(422, { version: [hello.version], input }));
attack("a version that is null is refused", notCreated(422, { version: null, model: hello.model, input }));
attack(
  "a key that stands there twice is refused",
  notCreated(422, `{"version":"${hello.version}","input":{},"version":"${gemma.version}"}`),
);
attack(
  "a key that stands there twice, once escaped, is refused",
  notCreated(422, `{"version":"${gemma.version}","input":{},"\\u0076ersion":"${hello.version}"}`),
);
attack("a key of the prototype is refused", notCreated(422, `{"__proto__":{"version":"${hello.version}"},"input":{}}`));
attack("a deployment of a model that is not listed is refused", async (lab) => {
  await lab.direct("POST", "/deployments", {
    name: "sneaky",
    model: gemma.model,
    version: gemma.version,
    hardware: "cpu",
    min_instances: 0,
    max_instances: 1,
  });
  await notCreated(403, { input }, "/open/v1/deployments/sandbox/sneaky/predictions")(lab);
});
attack("a deployment that does not exist is refused", notCreated(403, { input }, "/open/v1/deployments/sandbox/nothing/predictions"));
attack(
  "a training of a model that is not listed is refused",
  notCreated(403, { destination: "me/mine", input }, `/open/v1/models/${gemma.model}/versions/${gemma.version}/trainings`),
);
