import HTTPTypes
import Models
import RegistryService

extension RESTAPI {
    /// How nodes come into the cluster and go out of it.
    static var memberRoutes: [Route] {
        [
            Route(
                method: .post, path: "/api/v1/cluster/members",
                summary: "Invite a node; the answer is what it needs to join, shown once",
                permission: .administer, requestBody: .init(schema: "AddMemberRequest"), responseStatus: .created,
                response: .init(schema: "Invitation")
            ) { call in
                let request = try await call.body(AddMemberRequest.self)
                return try .json(await call.service.invite(request, as: call.principal), status: .created)
            },
            Route(
                method: .post, path: "/api/v1/cluster/join",
                summary:
                    "Come into the cluster as a learner, by an invitation; asked of any node that issues certificates",
                access: .invitation, requestBody: .init(schema: "JoinRequest"), response: .init(schema: "JoinAnswer")
            ) { call in
                try .json(await call.service.admit(await call.body(JoinRequest.self)))
            },
            Route(
                method: .post, path: "/api/v1/cluster/members/{node}/promote",
                summary: "Let a member vote, once it has caught up", permission: .administer, query: ["force"],
                response: .init(schema: "MemberDescription")
            ) { call in
                try .json(
                    await call.service.changeRole(
                        of: call.node, isVoter: true, force: call.isForced, as: call.principal,
                        key: call.idempotencyKey))
            },
            Route(
                method: .post, path: "/api/v1/cluster/members/{node}/demote",
                summary: "Let a voter only follow", permission: .administer, query: ["force"],
                response: .init(schema: "MemberDescription")
            ) { call in
                try .json(
                    await call.service.changeRole(
                        of: call.node, isVoter: false, force: call.isForced, as: call.principal,
                        key: call.idempotencyKey))
            },
            Route(
                method: .delete, path: "/api/v1/cluster/members/{node}",
                summary: "Remove a member for ever", permission: .administer, query: ["force"],
                response: .init(schema: "MemberDescription")
            ) { call in
                try .json(
                    await call.service.remove(
                        call.node, force: call.isForced, as: call.principal, key: call.idempotencyKey))
            },
        ]
    }
}
