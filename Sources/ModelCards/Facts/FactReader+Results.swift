import Models

extension FactReader {
    /// All values of `model-index`: a list of models, each with results, each with metrics.
    mutating func results(at path: String, _ value: JSONValue?) -> [CardResult] {
        var results: [CardResult] = []
        for (path, model) in objects(at: path, value) {
            for (path, result) in objects(at: "\(path).results", model["results"]) {
                let setting = setting(at: path, result)
                for (path, metric) in objects(at: "\(path).metrics", result["metrics"]) {
                    guard results.count < limits.results else {
                        note(path, "There are more than \(limits.results) values. The rest is not used.")
                        return results
                    }
                    if let read = measured(at: path, metric, in: setting) { results.append(read) }
                }
            }
        }
        return results
    }

    /// What all metrics of a result have in common.
    private struct Setting {
        var task: String?
        var dataset: String?
        var configuration: String?
        var split: String?
    }

    private mutating func setting(at path: String, _ result: [String: JSONValue]) -> Setting {
        var setting = Setting()
        if let task = object(at: "\(path).task", result["task"]) {
            setting.task = first(of: ["type", "name"], in: task, at: "\(path).task")
        }
        if let dataset = object(at: "\(path).dataset", result["dataset"]) {
            setting.dataset = first(of: ["name", "type"], in: dataset, at: "\(path).dataset")
            setting.configuration = text(at: "\(path).dataset.config", dataset["config"])
            setting.split = text(at: "\(path).dataset.split", dataset["split"])
        }
        return setting
    }

    private mutating func measured(
        at path: String, _ metric: [String: JSONValue], in setting: Setting
    ) -> CardResult? {
        guard let name = first(of: ["name", "type"], in: metric, at: path) else {
            note(path, "This metric has no name. Write its `type`, and a `name` if that says more.")
            return nil
        }
        guard let value = number(at: "\(path).value", metric["value"]) else {
            let isAbsent = metric["value"] == nil || metric["value"] == .null
            if isAbsent { note("\(path).value", "This metric has no value. Write a number.") }
            return nil
        }
        return CardResult(
            task: setting.task, dataset: setting.dataset, configuration: setting.configuration, split: setting.split,
            metric: name, metricType: metric["type"]?.text, value: value)
    }

    private mutating func first(of keys: [String], in members: [String: JSONValue], at path: String) -> String? {
        for key in keys {
            if let text = text(at: "\(path).\(key)", members[key]) { return text }
        }
        return nil
    }

    private mutating func object(at path: String, _ value: JSONValue?) -> [String: JSONValue]? {
        switch value {
        case .object(let members): return members
        case nil, .null: return nil
        default:
            note(path, "This is \(Self.kind(of: value)). Write keys and values.")
            return nil
        }
    }

    /// The objects of a list, each with its path; what else is in it is noted.
    private mutating func objects(at path: String, _ value: JSONValue?) -> [(
        path: String, members: [String: JSONValue]
    )] {
        switch value {
        case nil, .null: return []
        case .array(let items):
            return bounded(items, to: limits.factItems, at: path).enumerated().compactMap { index, item in
                let path = "\(path)[\(index)]"
                return object(at: path, item).map { (path, $0) }
            }
        default:
            note(path, "This is \(Self.kind(of: value)). Write a list of objects.")
            return []
        }
    }
}
