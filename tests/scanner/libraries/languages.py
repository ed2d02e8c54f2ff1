"""gensim, spaCy and NLTK: word vectors, topics and pipelines."""

from tests.scanner.libraries.output import CUSTOM, UNKNOWN, Output

TEXTS = ("a small text", "another one of them", "the last text")


def gensim_files(out: Output) -> None:
    """Save word vectors, topics and dictionaries of gensim."""
    from gensim.corpora import Dictionary, MmCorpus
    from gensim.models import Doc2Vec, FastText, KeyedVectors, LdaModel, TfidfModel, Word2Vec
    from gensim.models.doc2vec import TaggedDocument
    from gensim.models.phrases import Phrases

    sentences = [text.split() for text in TEXTS] * 5
    dictionary = Dictionary(sentences)
    corpus = [dictionary.doc2bow(sentence) for sentence in sentences]
    models = {
        "word2vec": Word2Vec(sentences, vector_size=8, min_count=1),
        "fasttext": FastText(sentences, vector_size=8, min_count=1, bucket=100),
        "doc2vec": Doc2Vec(
            [TaggedDocument(words, [n]) for n, words in enumerate(sentences)], vector_size=8
        ),
        "lda": LdaModel(corpus, 2, dictionary), "tfidf": TfidfModel(corpus),
        "phrases": Phrases(sentences), "dictionary": dictionary,
    }  # fmt: skip
    for name, model in models.items():
        model.save(str(out.path(f"{name}.model")))
    vectors: KeyedVectors = models["word2vec"].wv
    vectors.save(str(out.path("vectors.kv")))
    vectors.save_word2vec_format(str(out.path("vectors.txt")))
    vectors.save_word2vec_format(str(out.path("vectors.bin", UNKNOWN)), binary=True)
    dictionary.save_as_text(str(out.path("dictionary.txt")))
    MmCorpus.serialize(str(out.path("corpus.mm")), corpus)


def spacy_files(out: Output) -> None:
    """Save pipelines of spaCy, trained and blank."""
    import spacy
    from spacy.tokens import DocBin
    from spacy.training import Example

    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("entity_ruler").add_patterns([{"label": "X", "pattern": "text"}])
    labels = nlp.add_pipe("textcat")
    labels.add_label("a")
    labels.add_label("b")
    document = nlp.make_doc("a small text")
    nlp.initialize(lambda: [Example.from_dict(document, {"cats": {"a": 1.0, "b": 0.0}})])
    nlp.to_disk(out.path("pipeline"))
    DocBin(docs=[nlp(text) for text in TEXTS]).to_disk(out.path("corpus.spacy"))


def nltk_files(out: Output) -> None:
    """Pickle classifiers and taggers of NLTK."""
    from nltk.classify import NaiveBayesClassifier
    from nltk.tag import UnigramTagger

    bayes = NaiveBayesClassifier.train([({"a": 1}, "x"), ({"a": 2}, "y")])
    out.pickle("bayes", bayes, right=CUSTOM)
    out.pickle("tagger", UnigramTagger([[("a", "X"), ("b", "Y")]]), right=CUSTOM)
