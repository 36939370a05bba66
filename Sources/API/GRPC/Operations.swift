import HTTPTypes
import SwiftProtobuf

extension Operation {
    /// Every call with one request and one answer: all operations of REST but those that have streams here, joining a
    /// cluster, taking a backup, and questions about health, which have calls of their own.
    static let all: [Operation] =
        projects + models + aliases + files + lifecycles + policies + lineage + search + events + access + cluster

    private static let projects: [Operation] = [
        .init(
            "Projects/ListProjects", .get, "/api/v1/projects", Peerage_V1_ListProjectsRequest.self,
            Peerage_V1_ProjectList.self),
        .init(
            "Projects/CreateProject", .post, "/api/v1/projects", Peerage_V1_CreateProjectRequest.self,
            Peerage_V1_Project.self),
        .init(
            "Projects/GetProject", .get, "/api/v1/projects/{project}", Peerage_V1_GetProjectRequest.self,
            Peerage_V1_Project.self),
        .init(
            "Projects/ChangeProject", .patch, "/api/v1/projects/{project}", Peerage_V1_ChangeProjectRequest.self,
            Peerage_V1_Project.self),
        .init(
            "Projects/DeleteProject", .delete, "/api/v1/projects/{project}", Peerage_V1_DeleteProjectRequest.self,
            Peerage_V1_Tombstone.self),
        .init(
            "Projects/GetHoldings", .get, "/api/v1/projects/{project}/holdings", Peerage_V1_GetHoldingsRequest.self,
            Peerage_V1_ProjectHoldings.self),
    ]

    private static let policies: [Operation] = [
        .init(
            "Policies/ListSchemas", .get, "/api/v1/projects/{project}/schemas", Peerage_V1_ListSchemasRequest.self,
            Peerage_V1_ProjectSchemaList.self),
        .init(
            "Policies/SetRegistrationSchema", .put, "/api/v1/projects/{project}/schemas/registration", body: "schema",
            Peerage_V1_SetRegistrationSchemaRequest.self, Peerage_V1_ProjectSchema.self),
        .init(
            "Policies/RemoveRegistrationSchema", .delete, "/api/v1/projects/{project}/schemas/registration",
            Peerage_V1_RemoveRegistrationSchemaRequest.self, Google_Protobuf_Empty.self),
        .init(
            "Policies/SetStageSchema", .put, "/api/v1/projects/{project}/schemas/stages/{stage}", body: "schema",
            Peerage_V1_SetStageSchemaRequest.self, Peerage_V1_ProjectSchema.self),
        .init(
            "Policies/RemoveStageSchema", .delete, "/api/v1/projects/{project}/schemas/stages/{stage}",
            Peerage_V1_RemoveStageSchemaRequest.self, Google_Protobuf_Empty.self),
        .init(
            "Policies/GetMetadataSchema", .get, "/api/v1/metadata-schema", Peerage_V1_GetMetadataSchemaRequest.self,
            Google_Protobuf_Struct.self),
        .init(
            "Policies/GetRetention", .get, "/api/v1/projects/{project}/retention", Peerage_V1_GetRetentionRequest.self,
            Peerage_V1_RetentionPolicy.self),
        .init(
            "Policies/SetRetention", .put, "/api/v1/projects/{project}/retention", body: "policy",
            Peerage_V1_SetRetentionRequest.self, Peerage_V1_RetentionPolicy.self),
        .init(
            "Policies/RemoveRetention", .delete, "/api/v1/projects/{project}/retention",
            Peerage_V1_RemoveRetentionRequest.self, Google_Protobuf_Empty.self),
        .init(
            "Policies/PlanRetention", .get, "/api/v1/projects/{project}/retention/plan",
            Peerage_V1_PlanRetentionRequest.self, Peerage_V1_RetentionDecisionList.self),
        .init(
            "Policies/TryRetention", .post, "/api/v1/projects/{project}/retention/plan", body: "policy",
            query: ["cursor", "limit"], Peerage_V1_TryRetentionRequest.self, Peerage_V1_RetentionDecisionList.self),
        .init(
            "Policies/GetRisk", .get, "/api/v1/projects/{project}/models/{model}/risk", Peerage_V1_GetRiskRequest.self,
            Peerage_V1_RiskAssessment.self),
        .init(
            "Policies/AssessRisk", .put, "/api/v1/projects/{project}/models/{model}/risk",
            Peerage_V1_AssessRiskRequest.self, Peerage_V1_RiskAssessment.self),
        .init(
            "Policies/RemoveRisk", .delete, "/api/v1/projects/{project}/models/{model}/risk",
            Peerage_V1_RemoveRiskRequest.self, Google_Protobuf_Empty.self),
    ]

    private static let models: [Operation] = [
        .init(
            "ModelRegistry/ListModels", .get, "/api/v1/projects/{project}/models", Peerage_V1_ListModelsRequest.self,
            Peerage_V1_ModelList.self),
        .init(
            "ModelRegistry/CreateModel", .post, "/api/v1/projects/{project}/models", Peerage_V1_CreateModelRequest.self,
            Peerage_V1_Model.self),
        .init(
            "ModelRegistry/GetModel", .get, "/api/v1/projects/{project}/models/{model}",
            Peerage_V1_GetModelRequest.self, Peerage_V1_Model.self),
        .init(
            "ModelRegistry/DeleteModel", .delete, "/api/v1/projects/{project}/models/{model}",
            Peerage_V1_DeleteModelRequest.self, Peerage_V1_Tombstone.self),
        .init(
            "ModelRegistry/ListVersions", .get, "/api/v1/projects/{project}/models/{model}/versions",
            Peerage_V1_ListVersionsRequest.self, Peerage_V1_VersionList.self),
        .init(
            "ModelRegistry/RegisterVersion", .post, "/api/v1/projects/{project}/models/{model}/versions",
            Peerage_V1_RegisterVersionRequest.self, Peerage_V1_Version.self),
        .init(
            "ModelRegistry/GetVersion", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}",
            Peerage_V1_GetVersionRequest.self, Peerage_V1_Version.self),
        .init(
            "ModelRegistry/DeleteVersion", .delete, "/api/v1/projects/{project}/models/{model}/versions/{version}",
            Peerage_V1_DeleteVersionRequest.self, Peerage_V1_DeletedVersion.self),
        .init(
            "ModelRegistry/GetCard", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/card",
            Peerage_V1_GetCardRequest.self, Peerage_V1_CardDescription.self),
        .init(
            "ModelRegistry/ListUsage", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/usage",
            Peerage_V1_ListUsageRequest.self, Peerage_V1_UsageExampleList.self),
        .init(
            "ModelRegistry/CompareFiles", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/diff",
            Peerage_V1_CompareFilesRequest.self, Peerage_V1_VersionDifference.self),
        .init(
            "ModelRegistry/CompareVersions", .get, "/api/v1/comparison", Peerage_V1_CompareVersionsRequest.self,
            Peerage_V1_VersionComparison.self),
        .init(
            "ModelRegistry/RankVersions", .get, "/api/v1/best", Peerage_V1_RankVersionsRequest.self,
            Peerage_V1_VersionRanking.self),
        .init(
            "ModelRegistry/ListDeleted", .get, "/api/v1/projects/{project}/models/{model}/deleted",
            Peerage_V1_ListDeletedRequest.self, Peerage_V1_DeletedVersionList.self),
        .init(
            "ModelRegistry/RestoreVersion", .post,
            "/api/v1/projects/{project}/models/{model}/deleted/{version}/restore",
            Peerage_V1_RestoreVersionRequest.self, Peerage_V1_Version.self),
        .init(
            "ModelRegistry/GetHold", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/hold",
            Peerage_V1_GetHoldRequest.self, Peerage_V1_Hold.self),
        .init(
            "ModelRegistry/HoldVersion", .put, "/api/v1/projects/{project}/models/{model}/versions/{version}/hold",
            Peerage_V1_HoldVersionRequest.self, Peerage_V1_Hold.self),
        .init(
            "ModelRegistry/ReleaseVersion", .delete,
            "/api/v1/projects/{project}/models/{model}/versions/{version}/hold", Peerage_V1_ReleaseVersionRequest.self,
            Google_Protobuf_Empty.self),
    ]

    private static let aliases: [Operation] = [
        .init(
            "Aliases/ListAliases", .get, "/api/v1/projects/{project}/models/{model}/aliases",
            Peerage_V1_ListAliasesRequest.self, Peerage_V1_AliasList.self),
        .init(
            "Aliases/GetAlias", .get, "/api/v1/projects/{project}/models/{model}/aliases/{alias}",
            Peerage_V1_GetAliasRequest.self, Peerage_V1_Alias.self),
        .init(
            "Aliases/SetAlias", .put, "/api/v1/projects/{project}/models/{model}/aliases/{alias}",
            Peerage_V1_SetAliasRequest.self, Peerage_V1_Alias.self),
        .init(
            "Aliases/RemoveAlias", .delete, "/api/v1/projects/{project}/models/{model}/aliases/{alias}",
            Peerage_V1_RemoveAliasRequest.self, Peerage_V1_Alias.self),
        .init(
            "Aliases/ListAliasHistory", .get, "/api/v1/projects/{project}/models/{model}/aliases/{alias}/history",
            Peerage_V1_ListAliasHistoryRequest.self, Peerage_V1_AliasChangeList.self),
        .init(
            "Aliases/RollBackAlias", .post, "/api/v1/projects/{project}/models/{model}/aliases/{alias}/rollback",
            Peerage_V1_RollBackAliasRequest.self, Peerage_V1_Alias.self),
    ]

    private static let lifecycles: [Operation] = [
        .init(
            "Lifecycles/GetLifecycle", .get, "/api/v1/projects/{project}/lifecycle",
            Peerage_V1_GetLifecycleRequest.self, Peerage_V1_Lifecycle.self),
        .init(
            "Lifecycles/SetLifecycle", .put, "/api/v1/projects/{project}/lifecycle", body: "lifecycle",
            Peerage_V1_SetLifecycleRequest.self, Peerage_V1_Lifecycle.self),
        .init(
            "Lifecycles/ResetLifecycle", .delete, "/api/v1/projects/{project}/lifecycle",
            Peerage_V1_ResetLifecycleRequest.self, Peerage_V1_Lifecycle.self),
        .init(
            "Lifecycles/MoveVersion", .post, "/api/v1/projects/{project}/models/{model}/versions/{version}/stage",
            Peerage_V1_MoveVersionRequest.self, Peerage_V1_Version.self),
        .init(
            "Lifecycles/ListMoves", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/stage/history",
            Peerage_V1_ListMovesRequest.self, Peerage_V1_StageMoveList.self),
        .init(
            "Lifecycles/ListApprovals", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/approvals",
            Peerage_V1_ListApprovalsRequest.self, Peerage_V1_ApprovalStateList.self),
        .init(
            "Lifecycles/Approve", .post, "/api/v1/projects/{project}/models/{model}/versions/{version}/approvals",
            Peerage_V1_ApproveRequest.self, Peerage_V1_Version.self),
        .init(
            "Lifecycles/WithdrawApproval", .delete,
            "/api/v1/projects/{project}/models/{model}/versions/{version}/approvals/{stage}",
            Peerage_V1_WithdrawApprovalRequest.self, Peerage_V1_Version.self),
        .init(
            "Lifecycles/ListEvaluations", .get,
            "/api/v1/projects/{project}/models/{model}/versions/{version}/evaluations",
            Peerage_V1_ListEvaluationsRequest.self, Peerage_V1_EvaluationList.self),
        .init(
            "Lifecycles/Evaluate", .post, "/api/v1/projects/{project}/models/{model}/versions/{version}/evaluations",
            Peerage_V1_EvaluateRequest.self, Peerage_V1_Version.self),
        .init(
            "Lifecycles/GetReport", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/report",
            Peerage_V1_GetReportRequest.self, Peerage_V1_ComplianceReport.self),
    ]

    private static let lineage: [Operation] = [
        .init(
            "Lineage/GetLineage", .get, "/api/v1/lineage", Peerage_V1_GetLineageRequest.self,
            Peerage_V1_LineageGraph.self),
        .init(
            "Lineage/GetVersionLineage", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/lineage",
            Peerage_V1_GetVersionLineageRequest.self, Peerage_V1_LineageGraph.self),
        .init(
            "Lineage/ListAdditions", .get,
            "/api/v1/projects/{project}/models/{model}/versions/{version}/lineage/additions",
            Peerage_V1_ListAdditionsRequest.self, Peerage_V1_LineageAdditionList.self),
        .init(
            "Lineage/AppendLineage", .post,
            "/api/v1/projects/{project}/models/{model}/versions/{version}/lineage/additions",
            Peerage_V1_AppendLineageRequest.self, Peerage_V1_LineageGraph.self),
        .init(
            "Lineage/ListDeployments", .get, "/api/v1/projects/{project}/models/{model}/versions/{version}/deployments",
            Peerage_V1_ListDeploymentsRequest.self, Peerage_V1_DeploymentList.self),
        .init(
            "Lineage/ReportDeployment", .put,
            "/api/v1/projects/{project}/models/{model}/versions/{version}/deployments/{deployment}",
            Peerage_V1_ReportDeploymentRequest.self, Peerage_V1_DeploymentList.self),
        .init(
            "Lineage/EndDeployment", .delete,
            "/api/v1/projects/{project}/models/{model}/versions/{version}/deployments/{deployment}",
            Peerage_V1_EndDeploymentRequest.self, Peerage_V1_DeploymentList.self),
        .init(
            "Lineage/ListRecalls", .get, "/api/v1/recalls", Peerage_V1_ListRecallsRequest.self,
            Peerage_V1_RecallList.self),
        .init("Lineage/Recall", .post, "/api/v1/recalls", Peerage_V1_RecallRequest.self, Peerage_V1_LineageGraph.self),
    ]

    private static let search: [Operation] = [
        .init(
            "Search/SearchModels", .get, "/api/v1/search", Peerage_V1_SearchModelsRequest.self,
            Peerage_V1_SearchResults.self),
        .init(
            "Search/ListSimilar", .get, "/api/v1/projects/{project}/models/{model}/similar",
            Peerage_V1_ListSimilarRequest.self, Peerage_V1_SimilarModelList.self),
    ]

    private static let access: [Operation] = [
        .init(
            "Access/ListPrincipals", .get, "/api/v1/principals", Peerage_V1_ListPrincipalsRequest.self,
            Peerage_V1_PrincipalList.self),
        .init(
            "Access/CreatePrincipal", .post, "/api/v1/principals", Peerage_V1_CreatePrincipalRequest.self,
            Peerage_V1_Principal.self),
        .init(
            "Access/RemovePrincipal", .delete, "/api/v1/principals/{principal}", Peerage_V1_RemovePrincipalRequest.self,
            Peerage_V1_Principal.self),
        .init(
            "Access/ChangeRole", .put, "/api/v1/principals/{principal}/role", Peerage_V1_ChangeRoleRequest.self,
            Peerage_V1_Principal.self),
        .init(
            "Access/ListTokens", .get, "/api/v1/principals/{principal}/tokens", Peerage_V1_ListTokensRequest.self,
            Peerage_V1_TokenInformationList.self),
        .init(
            "Access/IssueToken", .post, "/api/v1/principals/{principal}/tokens", Peerage_V1_IssueTokenRequest.self,
            Peerage_V1_IssuedToken.self),
        .init(
            "Access/RevokeToken", .delete, "/api/v1/principals/{principal}/tokens/{token}",
            Peerage_V1_RevokeTokenRequest.self, Peerage_V1_TokenInformationList.self),
        .init(
            "Access/ListGrants", .get, "/api/v1/projects/{project}/grants", Peerage_V1_ListGrantsRequest.self,
            Peerage_V1_GrantList.self),
        .init(
            "Access/Grant", .put, "/api/v1/projects/{project}/grants/{principal}", Peerage_V1_GrantRequest.self,
            Peerage_V1_GrantList.self),
        .init(
            "Access/RemoveGrant", .delete, "/api/v1/projects/{project}/grants/{principal}",
            Peerage_V1_RemoveGrantRequest.self, Peerage_V1_GrantList.self),
        .init("Access/WhoAmI", .get, "/api/v1/whoami", Peerage_V1_WhoAmIRequest.self, Peerage_V1_Principal.self),
    ]

    private static let cluster: [Operation] = [
        .init(
            "Cluster/ListAuditRecords", .get, "/api/v1/audit", Peerage_V1_ListAuditRecordsRequest.self,
            Peerage_V1_AuditRecordList.self),
        .init(
            "Cluster/GetAuditCheckpoint", .get, "/api/v1/audit/checkpoint", Peerage_V1_GetAuditCheckpointRequest.self,
            Peerage_V1_AuditCheckpoint.self),
        .init(
            "Cluster/ListAuditKeys", .get, "/api/v1/audit/keys", Peerage_V1_ListAuditKeysRequest.self,
            Peerage_V1_AuditKeyList.self),
        .init(
            "Cluster/ProveAuditInclusion", .get, "/api/v1/audit/proofs/inclusion",
            Peerage_V1_ProveAuditInclusionRequest.self, Peerage_V1_AuditProof.self),
        .init(
            "Cluster/ProveAuditConsistency", .get, "/api/v1/audit/proofs/consistency",
            Peerage_V1_ProveAuditConsistencyRequest.self, Peerage_V1_AuditProof.self),
        .init(
            "Cluster/GetCluster", .get, "/api/v1/cluster", Peerage_V1_GetClusterRequest.self,
            Peerage_V1_ClusterStatus.self),
        .init(
            "Cluster/AddMember", .post, "/api/v1/cluster/members", Peerage_V1_AddMemberRequest.self,
            Peerage_V1_Invitation.self),
        .init(
            "Cluster/RemoveMember", .delete, "/api/v1/cluster/members/{node}", Peerage_V1_RemoveMemberRequest.self,
            Peerage_V1_MemberDescription.self),
        .init(
            "Cluster/PromoteMember", .post, "/api/v1/cluster/members/{node}/promote", query: ["force"],
            Peerage_V1_PromoteMemberRequest.self, Peerage_V1_MemberDescription.self),
        .init(
            "Cluster/DemoteMember", .post, "/api/v1/cluster/members/{node}/demote", query: ["force"],
            Peerage_V1_DemoteMemberRequest.self,
            Peerage_V1_MemberDescription.self),
        .init(
            "Cluster/TransferLeadership", .post, "/api/v1/cluster/transfer", Peerage_V1_TransferLeadershipRequest.self,
            Peerage_V1_ClusterStatus.self),
    ]

    private static let events: [Operation] = [
        .init(
            "Events/ListEvents", .get, "/api/v1/events", Peerage_V1_ListEventsRequest.self,
            Peerage_V1_RegistryEventList.self)
    ]

    private static let files: [Operation] = [
        .init(
            "Files/GetUpload", .get, "/api/v1/projects/{project}/uploads/{sha256}", Peerage_V1_GetUploadRequest.self,
            Peerage_V1_UploadedFile.self),
        .init(
            "Files/GetReceived", .get, "/api/v1/projects/{project}/uploads/{sha256}/received",
            Peerage_V1_GetReceivedRequest.self, Peerage_V1_ReceivedBytes.self),
    ]
}
