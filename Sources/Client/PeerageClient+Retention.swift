public import Models

extension PeerageClient {
    /// Deletes a version. `DELETE …/versions/{version}`.
    /// - Parameters:
    ///   - version: by its number.
    ///   - graceDays: for how many days it can be taken back; nil for 30.
    public func delete(
        _ version: ModelReference, reason: String, graceDays: UInt32? = nil
    ) async throws(ClientError) -> DeletedVersion {
        try await session.write(
            .delete, .version(version).query(["reason": reason, "grace_days": graceDays.map { "\($0)" }]))
    }

    /// Deletes a model of which no version is left. `DELETE …/models/{model}`.
    public func deleteModel(
        _ model: ModelName, in project: ProjectName, reason: String
    ) async throws(ClientError) -> Tombstone {
        try await session.write(.delete, .model(project, model).query(["reason": reason]))
    }

    /// Deletes a project in which no model is left. `DELETE /projects/{project}`.
    public func deleteProject(_ project: ProjectName, reason: String) async throws(ClientError) -> Tombstone {
        try await session.write(.delete, .project(project).query(["reason": reason]))
    }

    /// The versions of a model that were deleted, newest first. `GET …/models/{model}/deleted`.
    public func deletedVersions(of model: ModelName, in project: ProjectName) -> Listing<DeletedVersion> {
        listing(.model(project, model).appending(["deleted"]))
    }

    /// Takes a deleted version back. `POST …/models/{model}/deleted/{version}/restore`.
    public func undelete(
        _ number: UInt64, of model: ModelName, in project: ProjectName, reason: String
    ) async throws(ClientError) -> VersionDescription {
        try await session.write(
            .post, .model(project, model).appending(["deleted", "\(number)", "restore"]),
            ReasonRequest(reason: reason))
    }

    /// Keeps a version, whatever else is decided. `PUT …/versions/{version}/hold`.
    public func hold(_ version: ModelReference, reason: String) async throws(ClientError) -> Hold {
        try await session.write(.put, .version(version).appending(["hold"]), ReasonRequest(reason: reason))
    }

    /// Why a version must be kept. `GET …/versions/{version}/hold`.
    public func hold(on version: ModelReference) async throws(ClientError) -> Hold {
        try await session.read(.version(version).appending(["hold"]))
    }

    /// Lets a version go its way again. `DELETE …/versions/{version}/hold`.
    public func release(_ version: ModelReference, reason: String) async throws(ClientError) {
        try await session.writeAway(.delete, .version(version).appending(["hold"]).query(["reason": reason]))
    }
}
