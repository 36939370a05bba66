import Foundation
import HTTPTypes

/// The description of the API, made from the same routes that serve it.
enum OpenAPI {
    /// An OpenAPI 3.1 document.
    static func description(of routes: some Collection<Route>) -> String {
        var paths: [String: [String: Any]] = [:]
        for route in routes { paths[route.path, default: [:]][route.method.rawValue.lowercased()] = operation(route) }
        let document: [String: Any] = [
            "openapi": "3.1.0",
            "info": [
                "title": "Peerage", "version": "1",
                "description":
                    "A model registry that several sites run together as peers. Errors are RFC 9457 problems.",
            ],
            "paths": paths,
            "components": [
                "securitySchemes": ["token": ["type": "http", "scheme": "bearer"]],
                "schemas": OpenAPISchemas.all,
            ],
            "security": [["token": []]],
        ]
        do {
            let options: JSONSerialization.WritingOptions = [.sortedKeys, .prettyPrinted, .withoutEscapingSlashes]
            return String(
                decoding: try JSONSerialization.data(withJSONObject: document, options: options), as: UTF8.self)
        } catch {
            preconditionFailure("the description of the API is not JSON: \(error)")
        }
    }

    private static func operation(_ route: Route) -> [String: Any] {
        var operation: [String: Any] = ["summary": route.summary, "parameters": parameters(route)]
        if let body = route.requestBody {
            operation["requestBody"] = ["required": true, "content": ["application/json": ["schema": schema(body)]]]
        }
        if route.access != .token { operation["security"] = [] as [Any] }
        var success: [String: Any] = ["description": route.responseStatus.reasonPhrase]
        if let content = route.response { success["content"] = ["application/json": ["schema": schema(content)]] }
        let problem: [String: Any] = [
            "description": "What happened, why, and what to do",
            "content": ["application/problem+json": ["schema": ["$ref": "#/components/schemas/Problem"]]],
        ]
        operation["responses"] = [String(route.responseStatus.code): success, "default": problem]
        return operation
    }

    private static let numericQueries: Set = ["limit", "sequence", "size", "from", "to"]

    private static func parameters(_ route: Route) -> [[String: Any]] {
        let inPath = route.path.split(separator: "/").filter { $0.hasPrefix("{") }.map { component -> [String: Any] in
            let name = String(component.dropFirst().dropLast())
            return ["name": name, "in": "path", "required": true, "schema": ["type": "string"]]
        }
        let inQuery = route.query.map { name -> [String: Any] in
            [
                "name": name, "in": "query",
                "schema": ["type": Self.numericQueries.contains(name) ? "integer" : "string"],
            ]
        }
        return inPath + inQuery
    }

    private static func schema(_ content: Route.Content) -> [String: Any] {
        let reference = ["$ref": "#/components/schemas/\(content.schema)"]
        guard content.isList else { return reference }
        return [
            "type": "object", "required": ["items"],
            "properties": ["items": ["type": "array", "items": reference], "next": ["type": "string"]],
        ]
    }
}

/// The shapes of JSON bodies, as `Models` encodes them.
enum OpenAPISchemas {
    /// Every schema by its name.
    static var all: [String: Any] {
        var schemas: [String: Any] = [:]
        for (name, fields) in shapes { schemas[name] = object(fields) }
        return schemas
    }

    /// The first of `names` that the object called `schema` does not have.
    static func stranger(among names: some Collection<String>, _ schema: String) -> String? {
        // A document of the caller's own has any member.
        guard let shape = shapes.first(where: { $0.key == schema })?.value else { return nil }
        let known = shape.map { $0.key.filter { $0 != "?" } }
        return names.sorted().first { !known.contains($0) }
    }

    /// A field's name, with `?` when it may be missing, and its type, with `|null` when it may be that.
    private static let shapes: KeyValuePairs<String, KeyValuePairs<String, String>> = [
        "Project": [
            "name": "string", "description": "string", "created_at": "time", "created_by": "string",
            "sites?": "[string]", "quota_bytes?": "integer", "used_bytes?": "integer", "refuses?": "[string]",
            "visibility?": "string",
        ],
        "ProjectHoldings": [
            "project": "string", "sites?": "[string]", "total_bytes": "integer", "nodes": "[NodeHoldings]",
        ],
        "NodeHoldings": [
            "node": "string", "site": "string", "keeper": "boolean", "kept_bytes?": "integer", "held_bytes?": "integer",
            "whole?": "boolean", "problem?": "string",
        ],
        "Model": [
            "project": "string", "name": "string", "description": "string", "latest_version": "integer",
            "created_at": "time", "created_by": "string",
        ],
        "File": ["path": "string", "size": "integer", "sha256": "string"],
        "VersionDescription": [
            "project": "string", "model": "string", "number": "integer", "digest": "string", "files": "[File]",
            "size": "integer", "metadata": "object", "tags": "object", "message": "string", "aliases": "[string]",
            "created_at": "time", "created_by": "string", "site": "string", "inspection?": "Inspection",
            "recalls?": "[Recall]", "stage?": "VersionStage",
        ],
        "Inspection": [
            "files": "[InspectedFile]", "parameters?": "integer", "elements": "object", "attributes": "object",
        ],
        "InspectedFile": ["path": "string", "format": "string", "verdict": "string", "reasons": "[string]"],
        "VersionDifference": [
            "from": "ComparedVersion", "to": "ComparedVersion", "files": "[FileDifference]",
            "changed_files": "integer", "unchanged_files": "integer", "values": "[ValueDifference]",
            "changed_values": "integer", "tensors?": "[TensorDifference]", "changed_tensors?": "integer",
            "unchanged_tensors?": "integer", "shared_bytes?": "integer",
        ],
        "ComparedVersion": [
            "project": "string", "model": "string", "number": "integer", "digest": "string", "size": "integer",
        ],
        "VersionComparison": ["versions": "[ComparedVersion]", "rows": "[ComparisonRow]"],
        "ComparisonRow": [
            "name": "string", "unit?": "string", "dataset?": "string", "split?": "string",
            "higher_is_better?": "boolean", "values": "[number|null]", "best": "[integer]",
        ],
        "FileDifference": [
            "path": "string", "change": "string", "from_path?": "string", "from_size?": "integer",
            "to_size?": "integer",
        ],
        "ValueDifference": ["path": "string", "from?": "any", "to?": "any"],
        "TensorDifference": [
            "name": "string", "change": "string", "from_type?": "string", "to_type?": "string",
            "from_shape?": "[integer]", "to_shape?": "[integer]", "changed_bytes?": "integer",
        ],
        "Alias": ["name": "string", "version": "integer", "updated_at": "time", "updated_by": "string"],
        "AliasChange": ["from?": "integer", "to?": "integer", "at": "time", "by": "string", "reason": "string"],
        "AuditRecord": [
            "sequence": "integer", "index": "integer", "at": "time", "by": "string", "site": "string",
            "action": "string", "object": "string", "outcome": "string",
        ],
        "AuditCheckpoint": ["note": "string", "unsigned": "[string]"],
        "AuditKey": ["node": "string", "site": "string", "key": "string", "at": "time"],
        "AuditProof": ["size": "integer", "root": "string", "hashes": "[string]"],
        "ComplianceReport": [
            "project": "string", "model": "string", "version": "integer", "digest": "string",
            "sections": "[ReportSection]", "missing": "[string]",
        ],
        "ReportSection": ["number": "integer", "title": "string", "items": "[ReportItem]"],
        "ReportItem": ["name": "string", "values": "[string]", "source": "string"],
        "DeletedVersion": [
            "project": "string", "model": "string", "number": "integer", "digest": "string", "size": "integer",
            "at": "time", "by": "string", "reason": "string", "purge_at": "time", "purged": "boolean",
        ],
        "JSONSchema": [:],
        "ProjectSchema": ["stage?": "string", "schema": "object", "digest": "string", "at": "time", "by": "string"],
        "RetentionPolicy": ["rules": "[RetentionRule]"],
        "RetentionRule": [
            "name": "string", "stages?": "[string]", "older_than_days": "integer", "keep_newest?": "integer",
            "grace_days?": "integer",
        ],
        "RetentionDecision": [
            "model": "string", "version": "integer", "stage": "string", "deletes": "boolean", "rule?": "string",
            "grace_days?": "integer", "reason": "string",
        ],
        "AssessRequest": ["tier": "string", "reason": "string"],
        "RiskAssessment": ["tier": "string", "reason": "string", "at": "time", "by": "string"],
        "CardDescription": [
            "path": "string", "title?": "string", "summary?": "string", "front_matter": "object",
            "problems": "[string]", "differences": "[CardDifference]",
        ],
        "UsageExample": ["client": "string", "language": "string", "code": "string"],
        "CardDifference": ["name": "string", "card": "string", "metadata": "string"],
        "Tombstone": ["reason": "string", "at": "time", "by": "string"],
        "Hold": ["reason": "string", "at": "time", "by": "string"],
        "ReasonRequest": ["reason": "string"],
        "SearchResults": [
            "hits": "[SearchHit]", "total": "integer", "is_lower_bound": "boolean", "facets": "[Facet]",
            "corrected": "object", "next?": "string", "index": "integer",
        ],
        "SearchHit": [
            "project": "string", "model": "string", "latest_version": "integer",
            "snippet": "string", "updated_at": "time",
        ],
        "VersionRanking": ["entries": "[RankedVersion]", "looked_at": "integer", "truncated": "boolean"],
        "RankedVersion": [
            "project": "string", "model": "string", "number": "integer", "value": "number", "stage": "string",
        ],
        "Facet": ["name": "string", "values": "[FacetValue]", "distinct": "integer"],
        "FacetValue": ["value": "string", "count": "integer"],
        "SimilarModel": ["project": "string", "model": "string", "reasons": "[string]"],
        "Principal": [
            "name": "string", "role": "string", "description": "string", "created_at?": "time", "removed_at?": "time",
        ],
        "CreatePrincipalRequest": ["name": "string", "role": "string", "description?": "string"],
        "RoleRequest": ["role": "string"],
        "TokenInformation": [
            "id": "string", "principal": "string", "label": "string", "created_at?": "time", "expires_at?": "time",
        ],
        "IssueTokenRequest": ["label?": "string", "days?": "integer"],
        "IssuedToken": ["token": "string", "information": "TokenInformation"],
        "Grant": ["project": "string", "principal": "string", "role": "string", "at": "time", "by": "string"],
        "Lifecycle": ["stages": "[Stage]", "transitions": "[Transition]"],
        "Stage": ["name": "string", "serves": "boolean", "sites?": "[string]"],
        "Transition": [
            "from": "string", "to": "string", "role?": "string", "approvals?": "integer",
            "author_may_approve?": "boolean", "approval_days?": "integer", "gates?": "[object]", "risk?": "object",
        ],
        "VersionStage": [
            "stage": "string", "since": "time", "by": "string", "reason": "string", "successor?": "string",
            "effective_at?": "time", "moves": "integer",
        ],
        "MoveVersionRequest": [
            "to": "string", "expected?": "string", "reason?": "string", "successor?": "string",
            "effective_at?": "time",
        ],
        "StageMove": [
            "from": "string", "to": "string", "at": "time", "by": "string", "reason": "string",
            "approved_by": "[string]",
        ],
        "ApproveRequest": ["to": "string", "digest": "string", "reason?": "string", "expires_at?": "time"],
        "ApprovalDescription": [
            "digest": "string", "from": "string", "to": "string", "by": "string", "at": "time", "expires_at": "time",
            "reason": "string", "moves": "integer", "objection?": "string",
        ],
        "Metric": [
            "name": "string", "value": "number", "unit?": "string", "dataset?": "string", "split?": "string",
            "higher_is_better?": "boolean", "confidence_interval?": "[number]",
        ],
        "Evaluation": [
            "metrics": "[Metric]", "evidence": "string", "note": "string", "at": "time", "by": "string",
        ],
        "EvaluateRequest": ["metrics": "[Metric]", "evidence?": "string", "note?": "string"],
        "LineageThing": ["kind": "string", "name?": "string", "digest?": "string", "uri?": "string"],
        "LineageNode": ["id": "string", "thing": "LineageThing", "recall?": "Recall"],
        "LineageEdge": ["from": "string", "to": "string", "relation": "string"],
        "LineageGraph": ["nodes": "[LineageNode]", "edges": "[LineageEdge]", "truncated": "boolean"],
        "LineageAddition": ["lineage": "object", "note": "string", "at": "time", "by": "string"],
        "AppendLineageRequest": ["lineage": "object", "note?": "string"],
        "Deployment": [
            "name": "string", "project": "string", "model": "string", "version": "integer", "environment": "string",
            "uri": "string", "since": "time", "reported_at": "time", "reported_by": "string",
        ],
        "ReportDeploymentRequest": ["environment?": "string", "uri?": "string"],
        "Recall": ["thing": "string", "reason": "string", "at": "time", "by": "string"],
        "RecallRequest": ["thing": "string", "reason": "string", "lift?": "boolean"],
        "RegistryEvent": [
            "specversion": "string", "id": "string", "source": "string", "type": "string", "subject": "string",
            "time": "time", "data": "EventDetails",
        ],
        "EventDetails": ["by": "string", "site": "string", "index": "integer"],
        "ReceivedBytes": ["received": "integer"],
        "UploadedFile": ["sha256": "string", "size": "integer"],
        "NodeStatus": [
            "id": "string", "site": "string", "endpoint": "string", "role": "string", "leader": "boolean",
            "healthy": "boolean", "problem": "string", "term": "integer", "commit": "integer", "applied": "integer",
            "state_hash": "string", "version": "string", "level?": "integer", "certificate_expires?": "time",
            "disk_free_bytes?": "integer", "disk_total_bytes?": "integer", "versions_behind?": "integer",
            "lag?": "integer", "agrees?": "boolean",
        ],
        "AddMemberRequest": ["node": "string", "site": "string", "hours?": "integer"],
        "Invitation": [
            "cluster": "string", "node": "string", "site": "string", "servers": "[string]", "token": "string",
            "authority": "string", "expires_at": "time",
        ],
        "Address": ["host": "string", "port": "integer"],
        "TopologyNode": [
            "member": "integer", "node": "string", "site": "string", "api": "Address", "peer": "Address",
            "voter": "boolean",
        ],
        "Topology": ["name": "string", "nodes": "[TopologyNode]"],
        "JoinRequest": ["token": "string", "signing_request": "string", "api": "Address", "peer": "Address"],
        "JoinAnswer": ["certificate": "string", "authority": "string", "topology": "Topology"],
        "MemberDescription": ["member": "integer", "node": "string", "site": "string", "role": "string"],
        "ClusterStatus": ["cluster": "string", "nodes": "[NodeStatus]"],
        "CreateProjectRequest": ["name": "string", "description?": "string", "visibility?": "string"],
        "ChangeProjectRequest": [
            "description?": "string|null", "sites?": "[string]|null", "quota_bytes?": "integer|null",
            "refuses?": "[string]|null", "visibility?": "string|null",
        ],
        "CreateModelRequest": ["name": "string", "description?": "string"],
        "RegisterVersionRequest": [
            "files": "[File]", "metadata?": "object", "tags?": "object", "message?": "string", "aliases?": "[string]",
        ],
        "SetAliasRequest": ["version": "integer", "reason?": "string"],
        "RollBackAliasRequest": ["to?": "integer", "reason": "string"],
        "TransferRequest": ["to?": "string"],
        "Problem": ["type": "string", "title": "string", "status": "integer", "detail": "string"],
    ]

    private static func object(_ fields: KeyValuePairs<String, String>) -> [String: Any] {
        var properties: [String: Any] = [:]
        for (name, type) in fields { properties[name.filter { $0 != "?" }] = schema(type) }
        let required = fields.map(\.key).filter { !$0.hasSuffix("?") }
        return ["type": "object", "properties": properties, "required": required]
    }

    private static func schema(_ type: String) -> [String: Any] {
        if type.hasSuffix("|null") { return ["anyOf": [schema(String(type.dropLast(5))), ["type": "null"]]] }
        if type.hasPrefix("[") { return ["type": "array", "items": schema(String(type.dropFirst().dropLast()))] }
        if type == "any" { return [:] }
        if type == "time" { return ["type": "string", "format": "date-time"] }
        if shapes.contains(where: { $0.key == type }) { return ["$ref": "#/components/schemas/\(type)"] }
        return ["type": type]
    }
}
