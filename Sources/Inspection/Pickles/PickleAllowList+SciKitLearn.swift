/// Estimators of scikit-learn whose state is numbers, texts and arrays that NumPy handles.
///
/// Checked by introspection of scikit-learn 1.9: none of these has, or inherits from anything but `BaseEstimator`,
/// `__setstate__`, `__reduce__`, `__new__`, `__getattr__`, `__setattr__` or `__del__`; that of `BaseEstimator` compares
/// versions and fills `__dict__`; their initialisers only set attributes.
///
/// Not listed, though as simple to load: what hands its state to compiled code that trusts it (trees, forests,
/// histogram boosting, support vector machines, neighbours, K-means), for a crafted state reads beyond its arrays.
extension PickleAllowList {
    static let sciKitLearn: [(String, String)] = [
        ("sklearn.compose._column_transformer", "ColumnTransformer"),
        ("sklearn.compose._target", "TransformedTargetRegressor"),
        ("sklearn.covariance._empirical_covariance", "EmpiricalCovariance"),
        ("sklearn.covariance._shrunk_covariance", "LedoitWolf OAS ShrunkCovariance"),
        ("sklearn.cross_decomposition._pls", "CCA PLSCanonical PLSRegression PLSSVD"),
        ("sklearn.decomposition._factor_analysis", "FactorAnalysis"),
        ("sklearn.decomposition._fastica", "FastICA"),
        ("sklearn.decomposition._incremental_pca", "IncrementalPCA"),
        ("sklearn.decomposition._pca", "PCA"),
        ("sklearn.decomposition._truncated_svd", "TruncatedSVD"),
        ("sklearn.discriminant_analysis", "LinearDiscriminantAnalysis QuadraticDiscriminantAnalysis"),
        ("sklearn.dummy", "DummyClassifier DummyRegressor"),
        ("sklearn.feature_extraction._dict_vectorizer", "DictVectorizer"),
        ("sklearn.feature_extraction.text", "CountVectorizer HashingVectorizer TfidfTransformer TfidfVectorizer"),
        ("sklearn.feature_selection._variance_threshold", "VarianceThreshold"),
        ("sklearn.impute._base", "MissingIndicator SimpleImputer"),
        ("sklearn.linear_model._base", "LinearRegression"),
        ("sklearn.linear_model._bayes", "ARDRegression BayesianRidge"),
        (
            "sklearn.linear_model._coordinate_descent",
            "ElasticNet ElasticNetCV Lasso LassoCV MultiTaskElasticNet MultiTaskElasticNetCV MultiTaskLasso"
        ),
        ("sklearn.linear_model._glm.glm", "GammaRegressor PoissonRegressor TweedieRegressor"),
        ("sklearn.linear_model._huber", "HuberRegressor"),
        ("sklearn.linear_model._least_angle", "Lars LarsCV LassoLars LassoLarsCV LassoLarsIC"),
        ("sklearn.linear_model._logistic", "LogisticRegression LogisticRegressionCV"),
        ("sklearn.linear_model._omp", "OrthogonalMatchingPursuit OrthogonalMatchingPursuitCV"),
        ("sklearn.linear_model._perceptron", "Perceptron"),
        ("sklearn.linear_model._quantile", "QuantileRegressor"),
        ("sklearn.linear_model._ridge", "Ridge RidgeCV RidgeClassifier RidgeClassifierCV"),
        ("sklearn.linear_model._stochastic_gradient", "SGDClassifier SGDOneClassSVM SGDRegressor"),
        ("sklearn.multiclass", "OneVsOneClassifier OneVsRestClassifier OutputCodeClassifier"),
        ("sklearn.multioutput", "ClassifierChain MultiOutputClassifier MultiOutputRegressor RegressorChain"),
        ("sklearn.naive_bayes", "BernoulliNB CategoricalNB ComplementNB GaussianNB MultinomialNB"),
        ("sklearn.neural_network._multilayer_perceptron", "MLPClassifier MLPRegressor"),
        ("sklearn.pipeline", "FeatureUnion Pipeline"),
        (
            "sklearn.preprocessing._data",
            """
            Binarizer KernelCenterer MaxAbsScaler MinMaxScaler Normalizer PowerTransformer QuantileTransformer
            RobustScaler StandardScaler
            """
        ),
        ("sklearn.preprocessing._discretization", "KBinsDiscretizer"),
        ("sklearn.preprocessing._encoders", "OneHotEncoder OrdinalEncoder"),
        ("sklearn.preprocessing._label", "LabelBinarizer LabelEncoder MultiLabelBinarizer"),
        ("sklearn.preprocessing._polynomial", "PolynomialFeatures"),
    ]
}
