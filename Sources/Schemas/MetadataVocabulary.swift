package import Models

/// The words of metadata that Peerage itself reads: for search, comparison, lineage, gates and reports. A project that
/// wants them written so refers to them in its own schema: `{"$ref": "urn:peerage:metadata:1"}`.
package enum MetadataVocabulary {
    /// What schemas call it.
    package static let uri = "urn:peerage:metadata:1"

    /// The documents that every schema may refer to.
    package static var documents: [String: JSONValue] { [uri: document] }

    /// A JSON Schema of all words, none of them required.
    package static let document: JSONValue = .object([
        "$schema": .string(SchemaCompiler.draft), "$id": .string(uri),
        "title": .string("Metadata of a model's version"),
        "type": .string("object"), "properties": .object(properties), "$defs": .object(definitions),
    ])

    private static let properties: [String: JSONValue] = [
        "description": text("What the model is, in a sentence"),
        "task": reference("texts", "What it does: text-classification, ner…"),
        "architecture": text("bert, llama, resnet50…"),
        "framework": reference("texts", "pytorch, onnx, scikit-learn…"),
        "library": reference("texts", "What loads it: transformers, diffusers…"),
        "license": .object([
            "type": .string("string"), "format": .string("spdx-expression"),
            "description": .string("An SPDX expression; LicenseRef-… for a licence of one's own"),
        ]),
        "language": reference("texts", "BCP 47 tags"),
        "tags": reference("texts", "Words to find it by"),
        "hyperparameters": .object(["type": .string("object"), "description": .string("With what it was trained")]),
        "metrics": .object([
            "description": .string("What was measured, by name or as a list"),
            "anyOf": .array([
                .object([
                    "type": .string("object"),
                    "additionalProperties": .object([
                        "anyOf": .array([
                            .object(["type": .string("number")]), .object(["$ref": .string("#/$defs/measured")]),
                        ])
                    ]),
                ]),
                .object([
                    "type": .string("array"),
                    "items": .object([
                        "$ref": .string("#/$defs/measured"), "required": .array([.string("name")]),
                    ]),
                ]),
            ]),
        ]),
        "signature": .object([
            "type": .string("object"), "description": .string("What goes in and comes out"),
            "properties": .object([
                "inputs": .object(["type": .string("array"), "items": .object(["$ref": .string("#/$defs/tensor")])]),
                "outputs": .object(["type": .string("array"), "items": .object(["$ref": .string("#/$defs/tensor")])]),
            ]),
        ]),
        "dependencies": reference("texts", "What it needs to run: transformers==5.0"),
        "hardware": reference("texts", "On what it runs"),
        "source": .object([
            "type": .string("object"), "description": .string("The code that made it"),
            "properties": .object(["repository": text("Where it is"), "commit": text("Which state of it")]),
        ]),
        "lineage": .object([
            "type": .string("object"),
            "description": .string("What it is made of: base_models, datasets, training_run"),
        ]),
        "intended_use": reference("texts", "What it is for"), "use_cases": reference("texts", "Who uses it for what"),
        "assumptions": reference("texts", "What must hold where it is used"),
        "limitations": reference("texts", "What it cannot do"), "risks": reference("texts", "What harm it can do"),
        "human_oversight": reference("texts", "Who can step in, and how"),
        "data_requirements": reference("texts", "What its data must be like"),
        "emissions_kg": .object([
            "type": .string("number"), "minimum": .integer(0),
            "description": .string("CO2e of its training, kilograms"),
        ]),
    ]

    private static let definitions: [String: JSONValue] = [
        "texts": .object([
            "anyOf": .array([
                .object(["type": .string("string")]),
                .object(["type": .string("array"), "items": .object(["type": .string("string")])]),
            ])
        ]),
        "measured": .object([
            "type": .string("object"), "required": .array([.string("value")]),
            "properties": .object([
                "name": .object(["type": .string("string")]), "value": .object(["type": .string("number")]),
                "unit": .object(["type": .string("string")]), "dataset": .object(["type": .string("string")]),
                "split": .object(["type": .string("string")]),
                "higher_is_better": .object(["type": .string("boolean")]),
                "confidence_interval": .object([
                    "type": .string("array"), "items": .object(["type": .string("number")]), "minItems": .integer(2),
                    "maxItems": .integer(2),
                ]),
            ]),
        ]),
        "tensor": .object([
            "type": .string("object"), "required": .array([.string("name")]),
            "properties": .object([
                "name": .object(["type": .string("string")]), "dtype": .object(["type": .string("string")]),
                "shape": .object([
                    "type": .string("array"),
                    "items": .object(["type": .array([.string("integer"), .string("null"), .string("string")])]),
                ]),
            ]),
        ]),
    ]

    private static func text(_ description: String) -> JSONValue {
        .object(["type": .string("string"), "description": .string(description)])
    }

    private static func reference(_ name: String, _ description: String) -> JSONValue {
        .object(["$ref": .string("#/$defs/\(name)"), "description": .string(description)])
    }
}
