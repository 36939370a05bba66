import Models
import Testing

@testable import Registry

@Suite struct ProjectTests {
    @Test func aProjectIsCreatedWithItsDescriptionItsTimeAndItsMaker() throws {
        var machine = try Machine.founded()
        let applied = try machine.apply(.createProject("vision", "sees"), at: 42)
        let project = Project(
            name: try ProjectName("vision"), description: "sees", createdAt: Timestamp(milliseconds: 42),
            createdBy: try PrincipalName("ann"))
        #expect(applied.outcome == .accepted(.project(project)))
        #expect(applied.events == [.projectCreated(project.name)])
        #expect(try machine.catalog.project(project.name) == project)
    }

    @Test func aModelIsCreatedInAProjectThatExists() throws {
        var machine = try Machine.founded()
        #expect(try machine.refusal(.createModel("vision", "ranker")) == .notFound)
        try machine.apply(.createProject("vision"))
        let applied = try machine.apply(.createModel("vision", "ranker", "ranks"))
        let model = try #require(
            try machine.catalog.model(project: ProjectName("vision"), name: ModelName("ranker")))
        #expect(applied.outcome == .accepted(.model(model)))
        #expect(model.description == "ranks")
        #expect(model.latestVersion == 0)
        #expect(applied.events == [.modelCreated(project: model.project, model: model.name)])
    }

    @Test(arguments: [
        ("Ranker", "Ranker", Rejection.Code.alreadyExists), ("Ranker", "ranker", .confusableName),
        ("rank-er", "ranker", .confusableName), ("model1", "modell", .confusableName),
        ("model-i", "model-1", .confusableName), ("go0d", "good", .confusableName), ("a.b_c", "abc", .confusableName),
    ])
    func aNameThatIsTakenOrLooksTakenIsRefused(first: String, second: String, code: Rejection.Code) throws {
        var machine = try Machine.founded()
        try machine.apply(.createProject(first))
        let project = try #require(try machine.run(.createProject(second)).refusal)
        try machine.apply(.createModel(first, first))
        let model = try #require(try machine.run(.createModel(first, second)).refusal)
        for refusal in [project, model] {
            #expect(refusal.code == code)
            #expect(refusal.detail.contains("“\(first)”"))
        }
    }

    @Test func modelsOfDifferentProjectsMayLookAlike() throws {
        var machine = try Machine.founded()
        for project in ["vision", "speech"] {
            try machine.apply(.createProject(project))
        }
        #expect(try machine.refusal(.createModel("vision", "ranker")) == nil)
        #expect(try machine.refusal(.createModel("speech", "rank-er")) == nil)
    }

    @Test func aDescriptionHasAtMost4096Bytes() throws {
        var machine = try Machine.founded()
        let (fits, long) = (String(repeating: "x", count: 4_096), String(repeating: "x", count: 4_097))
        #expect(try machine.refusal(.createProject("long", long)) == .invalid)
        #expect(try machine.refusal(.createProject("vision", fits)) == nil)
        #expect(try machine.refusal(.createModel("vision", "ranker", long)) == .invalid)
        #expect(try machine.refusal(.createModel("vision", "ranker", fits)) == nil)
    }

    @Test func listingsAreInTheOrderOfNamesAndGoOnAfterOne() throws {
        var machine = try Machine.founded()
        let names = ["a", "a-b", "a.c", "B", "c"]
        for name in names.reversed() {
            try machine.apply(.createProject(name))
            try machine.apply(.createModel("a", name))
        }
        let catalog = machine.catalog
        #expect(try catalog.projects(after: nil, limit: 9).map(\.name.text) == ["B", "a", "a-b", "a.c", "c"])
        #expect(try catalog.projects(after: ProjectName("a"), limit: 2).map(\.name.text) == ["a-b", "a.c"])
        #expect(try catalog.projects(after: ProjectName("a-a"), limit: 1).map(\.name.text) == ["a-b"])
        #expect(try catalog.models(in: ProjectName("a"), after: nil, limit: 9).map(\.name.text) == ["a"])
        #expect(try catalog.models(in: ProjectName("a-b"), after: nil, limit: 9).isEmpty)
        for name in names { try machine.apply(.createModel("a", name)) }
        let models = try catalog.models(in: ProjectName("a"), after: ModelName("B"), limit: 9)
        #expect(models.map(\.name.text) == ["a", "a-b", "a.c", "c"])
    }
}
