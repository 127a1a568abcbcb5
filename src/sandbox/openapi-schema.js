// The OpenAPI document of a version, as Cog writes it: each enum is its own schema, and the input refers to it.

/**
 * @param {import("./kinds.js").Kind} kind
 * @returns {Record<string, any>} a version's `openapi_schema`
 */
export function openapiSchema({ input, output }) {
  const enums = {};
  const properties = Object.entries(input.properties).map(([name, property]) => {
    if (!property.enum) return [name, property];
    const { enum: values, type, title, ...rest } = property;
    enums[name] = { enum: values, type, title, description: "An enumeration." };
    return [name, { allOf: [{ $ref: `#/components/schemas/${name}` }], ...rest }];
  });
  return {
    openapi: "3.0.2",
    info: { title: "Cog", version: "0.1.0" },
    paths: {},
    components: { schemas: { Input: { ...input, properties: Object.fromEntries(properties) }, Output: output, ...enums } },
  };
}
