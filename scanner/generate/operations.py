"""Writes the list of TensorFlow operations that only compute.

Run `python scanner/generate/operations.py` in an environment with TensorFlow. Operations without
state are taken, except those whose name has one of the words in REFUSED; of operations with state,
only those that CALCULATING matches.
"""

import re
import sys
import textwrap

from tensorflow.core.framework import op_def_pb2
from tensorflow.python.client import pywrap_tf_session

REFUSED = re.compile(
    "Dataset|Reader|Summar|Proto|Debug|PyFunc|Rpc|TPU|Tpu|Remote|Collective|Nccl|File|Checkpoint|Infeed"
    "|Outfeed|Sharded|Remapping|ImmutableConst|Iterator|^_(?!FusedConv2D|FusedMatMul|SwitchN)|^Xla"
    "|Send|Recv|Mlir|CustomAggregator|Handle|Sleep|Test|Snapshot|Configure|Copy$|CopyHost"
    "|BoostedTreesMake|OptionalFrom|Stats|Kernel|Experimental|DecodeCompressed|Nonexistent|Abort"
    "|HostConst|DTensor|Attr|Risc|Struct|Polymorphic|Restrict|Mesh|^Old$|^None$|^Foo|^(N|Ref|Int|Float)+(In|Out)[A-Z]|^[AB]$"
)
CALCULATING = re.compile(
    "Assert|Assign(Add|Sub)?VariableOp|ReadVariableOp|VarHandleOp|VarIsInitializedOp|VariableV?2?"
    "|VariableShape|DestroyResourceOp|(Anonymous)?(Mutable(Dense)?)?HashTable(OfTensors)?(V2)?"
    "|InitializeTableV2|LookupTable(Export|Find|Import|Insert|Remove|Size)V2|Case|If|While|Print"
    "|StatefulPartitionedCall|Resource(Sparse)?Apply.*|Resource(Gather|Scatter).*|ResourceCountUpTo"
    "|ResourceStridedSliceAssign|Random(?!Dataset|ShuffleQueue).*|Multinomial|TruncatedNormal"
    "|ParameterizedTruncatedNormal|Stateful(Uniform|Standard|Truncated|Random).*|Rng.*Skip"
    "|StatelessRandomGetAlg|NonDeterministicInts|TensorArray.*|Stack.*|CudnnRNN.*|TemporaryVariable"
    "|CheckNumerics(V2)?|Empty|Timestamp|GuaranteeConst|SampleDistortedBoundingBox(V2)?|DeviceIndex"
    "|(All|LearnedUnigram|LogUniform|ThreadUnsafeUnigram|Uniform)CandidateSampler|(Padding)?FIFOQueueV2|RandomShuffleQueueV2|Queue.*V2|_Arg|_Retval"
    "|DisableCopyOnRead|VariableV2|IsResourceHandleRefCounting|MakeWeakResourceHandle"
    "|BoostedTrees(Predict|EnsembleResourceHandleOp|DeserializeEnsemble)"
)


def names() -> list[str]:
    """Return the names of the operations that only compute."""
    buffer = pywrap_tf_session.TF_GetAllOpList()
    operations = op_def_pb2.OpList()
    operations.ParseFromString(pywrap_tf_session.TF_GetBuffer(buffer))
    return sorted(
        one.name
        for one in operations.op
        if (CALCULATING.fullmatch(one.name) if one.is_stateful else not REFUSED.search(one.name))
    )


if __name__ == "__main__":
    sys.stdout.write(
        "# ruff: noqa: SIM905  # a table of words is read most easily as text\n"
        '"""TensorFlow operations that only compute; '
        'written by scanner/generate/operations.py."""\n\n'
        'from typing import Final\n\nCOMPUTING: Final = frozenset(\n    """\n'
        + "\n".join(textwrap.wrap(" ".join(names()), 98, break_long_words=False))
        + '\n""".split()\n)\n'
    )
