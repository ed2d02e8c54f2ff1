# ruff: noqa: E501, SIM905  # tables of words are read most easily as text
"""What people decided about the packages that `classes` reads, with the reasons."""

ROOTS = (
    "sklearn", "torch.nn", "torch.optim", "torch.distributions", "torch.utils.data.dataset",
    "torch.utils.data.sampler", "torch.utils.data.dataloader", "torch.distributed.checkpoint.metadata",
    "torch.ao.quantization.fake_quantize", "torch.ao.quantization.observer",
    "torch.ao.nn.quantized.modules",
    "torch.ao.nn.quantized.dynamic.modules", "torch.ao.nn.qat.modules", "xgboost.sklearn", "lightgbm.sklearn", "catboost.core",
    "imblearn", "hdbscan", "lifelines", "statsmodels", "patsy", "gensim.models", "gensim.corpora",
    "scipy.interpolate", "scipy.spatial", "scipy.sparse", "scipy.stats._kde",
    "scipy.stats._distn_infrastructure", "scipy.stats._continuous_distns",
    "scipy.stats._discrete_distns", "scipy.stats._multivariate", "scipy.optimize._optimize",
    "scipy.stats._stats_py", "scipy.stats._hypotests", "scipy.stats._morestats", "scipy.stats._fit",
    "scipy.stats._common", "scipy.stats._mannwhitneyu", "scipy.stats._odds_ratio",
    "scipy.stats._resampling", "scipy.stats._survival", "scipy.stats._multicomp",
    "scipy.stats._relative_risk", "scipy.stats._binomtest", "scipy.stats.contingency",
    "scipy.signal._ltisys", "scipy.optimize._lbfgsb_py", "scipy.optimize._zeros_py",
    "numpy.polynomial", "transformers.training_args", "transformers.trainer_utils",
    "transformers.models", "transformers.generation.configuration_utils",
    "transformers.configuration_utils", "transformers.trainer_pt_utils", "transformers.trainer_callback",
    "accelerate.utils.dataclasses", "accelerate.state", "skorch",
)  # fmt: skip
SKIPPED_PARTS = frozenset(
    "tests test testing conftest externals _testing __main__ datasets setup callback "
    "mock_modules sandbox examples graphics show_versions _build_utils parallel "
    "similarities wrappers smpickle x13 cli".split()
)
"""Parts of module names: tests, downloads, processes, and readers of files."""
ACCEPTED = frozenset(
    {
        # compare versions and warn; one import of the standard library's or its own package
        "sklearn.base.BaseEstimator.__setstate__",
        # runs source that the scanner compares with what SciPy writes: flag x
        "scipy.stats._distn_infrastructure.rv_generic.__setstate__",
        "scipy.stats._distn_infrastructure.rv_discrete.__new__",
        # evaluates a formula if the state has restore_model_spec: the scanner refuses that key
        "statsmodels.base.data.ModelData.__setstate__",
        # looks the attribute up in three dictionaries of the object
        "torch.nn.modules.module.Module.__getattr__",
        "torch.nn.modules.module.Module.__setattr__",
        # map old names of attributes to new ones
        "transformers.configuration_utils.PreTrainedConfig.__setattr__",
        "transformers.configuration_utils.PreTrainedConfig.__getattribute__",
        # an attribute of the wrapped results
        "statsmodels.base.wrapper.ResultsWrapper.__getattribute__",
        # releases what its own compiled part holds
        "hdbscan.prediction.PredictionData.__del__",
    }
)
"""`module.class.method` that was read and does no more than fill its object."""
LEFT_OUT = frozenset(
    {
        # made of tables that their users give
        "scipy.stats._distn_infrastructure.rv_continuous",
        "scipy.stats._distn_infrastructure.rv_discrete",
        "scipy.stats._distn_infrastructure.rv_sample",
        # open files or connections, or start processes, when they are used
        "sklearn.utils.parallel",
        "gensim.models.word2vec.LineSentence",
        "gensim.models.word2vec.PathLineSentences",
        "gensim.models.word2vec.Text8Corpus",
        "gensim.models.word2vec.BrownCorpus",
        "sklearn.metrics.make_scorer",
        "sklearn.metrics.get_scorer",
        "sklearn.metrics.check_scoring",
        "torch.nn.functional.handle_torch_function",
        # their attributes are imported or compiled when they are looked at
        "statsmodels.tools._decorators",
        "accelerate.utils.dataclasses.KwargsHandler",
        "torch.distributions.transforms.ComposeTransform.__getattr__",
    }
)
"""`module`, `module.class` or `module.function`."""
FUNCTIONS: dict[str, tuple[str, ...]] = {
    "gensim.utils": ("call_on_class_only", "identity"),
    "gensim.models.tfidfmodel": ("df2idf",),
    "torch.utils.data._utils.collate": ("default_collate",),
    "skorch.utils": ("to_numpy", "to_tensor", "to_device", "train_loss_score", "valid_loss_score"),
    "skorch.setter": ("optimizer_setter",),

    "sklearn.metrics": (),
    "sklearn.metrics.pairwise": (
        "cosine_similarity", "linear_kernel", "polynomial_kernel", "rbf_kernel", "sigmoid_kernel",
        "laplacian_kernel", "chi2_kernel", "additive_chi2_kernel", "euclidean_distances",
        "manhattan_distances", "cosine_distances", "haversine_distances", "nan_euclidean_distances",
        "paired_distances", "pairwise_distances",
    ),
    "sklearn.feature_selection": (
        "chi2", "f_classif", "f_oneway", "f_regression", "r_regression", "mutual_info_classif",
        "mutual_info_regression",
    ),
    "sklearn.ensemble._hist_gradient_boosting.binning": ("_map_to_bins",),
    "sklearn.cluster._kmeans": ("_kmeans_single_lloyd", "_kmeans_single_elkan"),
    "sklearn.utils.extmath": ("softmax", "safe_sparse_dot", "row_norms"),
    "torch": ("relu", "tanh", "sigmoid", "softmax", "log_softmax", "selu", "celu", "rsqrt", "exp",
              "sin", "cos", "log", "sqrt", "abs", "square", "erf"),
    "torch.nn.functional": (
        "relu", "gelu", "silu", "elu", "selu", "celu", "leaky_relu", "relu6", "hardtanh", "softmax",
        "log_softmax", "mish", "sigmoid", "tanh", "softplus", "hardswish", "hardsigmoid", "glu",
        "softsign", "logsigmoid", "cross_entropy", "mse_loss", "l1_loss", "nll_loss", "smooth_l1_loss",
        "binary_cross_entropy", "binary_cross_entropy_with_logits", "normalize", "dropout",
        "cosine_similarity", "pairwise_distance", "layer_norm", "linear",
    ),
    "torch.nn.init": (
        "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_", "normal_",
        "uniform_", "zeros_", "ones_", "constant_", "orthogonal_", "trunc_normal_",
    ),
    "torch._C._nn": ("gelu", "silu", "elu", "leaky_relu", "softplus", "hardtanh"),
    "numpy": ("mean", "median", "sum", "std", "var", "min", "max", "amin", "amax", "argmax",
              "argmin", "prod", "nanmean", "nanmedian", "nansum", "nanstd", "cumsum", "diff", "where",
              "clip", "round", "ravel", "unique", "quantile", "percentile", "nan_to_num", "average"),
    "numpy.linalg": ("norm", "det", "inv", "pinv", "solve", "matrix_rank", "cond"),
    "scipy.special": ("softmax", "log_softmax", "logsumexp"),
    "scipy.spatial.distance": ("euclidean", "cosine", "cityblock", "correlation", "jaccard"),
    "scipy.stats": ("pearsonr", "spearmanr", "kendalltau"),
}  # fmt: skip
"""Functions that files refer to and that no unpickler may call; empty: all of `__all__`."""
UFUNCS = ("numpy", "numpy._core._multiarray_umath", "numpy.core._multiarray_umath",
          "scipy.special._ufuncs", "scipy.special")  # fmt: skip
_SKLEARN = (
    "cluster.k_means_=cluster._kmeans cluster.hierarchical=cluster._agglomerative "
    "cluster.mean_shift_=cluster._mean_shift cluster.dbscan_=cluster._dbscan "
    "cluster.birch=cluster._birch cluster.bicluster=cluster._bicluster "
    "cluster.spectral=cluster._spectral covariance.elliptic_envelope=covariance._elliptic_envelope "
    "covariance.empirical_covariance_=covariance._empirical_covariance "
    "cross_decomposition.pls_=cross_decomposition._pls decomposition.base=decomposition._base "
    "decomposition.pca=decomposition._pca decomposition.nmf=decomposition._nmf "
    "decomposition.truncated_svd=decomposition._truncated_svd "
    "decomposition.kernel_pca=decomposition._kernel_pca decomposition.fastica_=decomposition._fastica "
    "decomposition.online_lda=decomposition._lda decomposition.incremental_pca=decomposition._incremental_pca "
    "ensemble.bagging=ensemble._bagging ensemble.base=ensemble._base ensemble.forest=ensemble._forest "
    "ensemble.gradient_boosting=ensemble._gb ensemble._gradient_boosting=ensemble._gradient_boosting "
    "ensemble.iforest=ensemble._iforest ensemble.voting=ensemble._voting "
    "ensemble.weight_boosting=ensemble._weight_boosting feature_extraction.hashing=feature_extraction._hash "
    "feature_extraction.dict_vectorizer=feature_extraction._dict_vectorizer "
    "feature_selection.from_model=feature_selection._from_model feature_selection.rfe=feature_selection._rfe "
    "feature_selection.univariate_selection=feature_selection._univariate_selection "
    "feature_selection.variance_threshold=feature_selection._variance_threshold "
    "gaussian_process.gpc=gaussian_process._gpc gaussian_process.gpr=gaussian_process._gpr "
    "linear_model.base=linear_model._base linear_model.bayes=linear_model._bayes "
    "linear_model.coordinate_descent=linear_model._coordinate_descent linear_model.huber=linear_model._huber "
    "linear_model.least_angle=linear_model._least_angle linear_model.logistic=linear_model._logistic "
    "linear_model.omp=linear_model._omp linear_model.passive_aggressive=linear_model._passive_aggressive "
    "linear_model.perceptron=linear_model._perceptron linear_model.ransac=linear_model._ransac "
    "linear_model.ridge=linear_model._ridge linear_model.sgd_fast=linear_model._sgd_fast "
    "linear_model.stochastic_gradient=linear_model._stochastic_gradient "
    "linear_model.theil_sen=linear_model._theil_sen manifold.t_sne=manifold._t_sne "
    "manifold.isomap=manifold._isomap mixture.gaussian_mixture=mixture._gaussian_mixture "
    "mixture.base=mixture._base mixture.bayesian_mixture=mixture._bayesian_mixture "
    "neighbors.ball_tree=neighbors._ball_tree neighbors.base=neighbors._base "
    "neighbors.classification=neighbors._classification neighbors.kd_tree=neighbors._kd_tree "
    "neighbors.kde=neighbors._kde neighbors.lof=neighbors._lof neighbors.nca=neighbors._nca "
    "neighbors.nearest_centroid=neighbors._nearest_centroid neighbors.regression=neighbors._regression "
    "neighbors.unsupervised=neighbors._unsupervised neighbors.dist_metrics=metrics._dist_metrics "
    "neighbors._dist_metrics=metrics._dist_metrics "
    "neural_network.multilayer_perceptron=neural_network._multilayer_perceptron "
    "neural_network.rbm=neural_network._rbm neural_network._stochastic_optimizers=neural_network._stochastic_optimizers "
    "preprocessing.data=preprocessing._data preprocessing.label=preprocessing._label "
    "preprocessing._discretization=preprocessing._discretization preprocessing.imputation=impute._base "
    "metrics.scorer=metrics._scorer semi_supervised.label_propagation=semi_supervised._label_propagation "
    "svm.base=svm._base svm.classes=svm._classes tree.tree=tree._classes tree._tree=tree._tree"
)
RENAMED = {
    **{
        f"sklearn.{old}": f"sklearn.{new}"
        for old, _, new in (pair.partition("=") for pair in _SKLEARN.split())
    },
    "scipy.sparse.csr": "scipy.sparse._csr",
    "scipy.sparse.csc": "scipy.sparse._csc",
    "scipy.sparse.coo": "scipy.sparse._coo",
    "scipy.sparse.lil": "scipy.sparse._lil",
    "scipy.sparse.dok": "scipy.sparse._dok",
    "scipy.sparse.dia": "scipy.sparse._dia",
    "scipy.sparse.bsr": "scipy.sparse._bsr",
    "scipy.interpolate.interpolate": "scipy.interpolate._interpolate",
    "scipy.stats.kde": "scipy.stats._kde",
    "scipy.spatial.ckdtree": "scipy.spatial._ckdtree",
}
"""Modules under the names that older versions had."""
