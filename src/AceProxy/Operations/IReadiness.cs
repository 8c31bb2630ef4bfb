namespace AceProxy.Operations;

/// <summary>What <c>/readyz</c> answers from; a worker's and a gateway's differ.</summary>
internal interface IReadiness
{
    /// <summary>What keeps it from taking new players, in words for the operator; none: it is ready.</summary>
    IEnumerable<string> Obstacles();

    /// <summary>What is amiss and keeps it from nothing.</summary>
    IEnumerable<string> Notes() => [];
}
