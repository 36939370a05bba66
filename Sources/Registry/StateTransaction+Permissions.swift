import Models
import Storage

extension StateTransaction {
    /// What it takes to give a command, and in which project; nil for the whole cluster.
    mutating func need(of command: Command) throws(StorageError) -> (Permission, ProjectName?) {
        switch command {
        case .establish, .describeMember, .raiseLevel, .announceAuditKey, .inviteMember, .admitMember,
            .changeMemberRole, .removeMember:
            return (.administer, nil)
        case .createProject: return (.contribute, nil)
        case .createModel(let command): return (.contribute, command.project)
        // Whoever may make projects may make one so.
        case .registerVersion(let command):
            return (.contribute, try contains(.project(command.project)) ? command.project : nil)
        case .setAlias(let command): return (.contribute, command.project)
        case .removeAlias(let command): return (.contribute, command.project)
        case .rollBackAlias(let command): return (.contribute, command.project)
        case .appendLineage(let command): return (.contribute, command.project)
        case .reportDeployment(let command): return (.contribute, command.project)
        case .changeProject(let command):
            // Where bytes are, and how many, is the cluster's matter.
            guard command.sites == .unchanged, command.quotaBytes == .unchanged else { return (.administer, nil) }
            return (command.visibility == .unchanged ? .decide : .administer, command.name)
        case .recall(let command):
            return (.decide, LineageThing(id: command.thing)?.version?.model.project)
        case .access(.grant(let project, _, _)): return (.administer, project)
        case .access: return (.administer, nil)
        case .retention(let command):
            switch command {
            case .delete, .undelete: return (.decide, command.project)
            case .deleteByRule, .purge, .hold, .release, .deleteModel, .deleteProject:
                return (.administer, command.project)
            }
        case .policy(let command): return (.decide, command.project)
        case .lifecycle(let command):
            switch command {
            // What it takes to move is said by the lifecycle.
            case .move: return (.read, command.project)
            case .evaluate: return (.contribute, command.project)
            case .setLifecycle, .approve, .withdrawApproval: return (.decide, command.project)
            }
        }
    }
}

extension AccessCommand {
    /// Whether it concerns nothing but the tokens of `name`: everyone's own matter.
    func isOwnTokens(of name: PrincipalName) -> Bool {
        switch self {
        case .issueToken(let principal, _, _, _), .revokeToken(_, let principal): principal == name
        case .createPrincipal, .changePrincipal, .removePrincipal, .grant: false
        }
    }
}
