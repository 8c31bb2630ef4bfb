namespace AceProxy.Access.Limits;

/// <summary>What a request can be refused, or its answer cut, for although it is allowed.</summary>
internal enum Limit
{
    Clients,
    ClientsPerAddress,
    ClientsPerStream,
    Streams,
    Openings,
    Rings,
    Answers,
}

internal static class LimitNames
{
    /// <summary>The setting that an operator would raise.</summary>
    public static string Setting(this Limit limit) => limit switch
    {
        Limit.Clients => "MAX_CLIENTS",
        Limit.ClientsPerAddress => "MAX_CLIENTS_PER_ADDRESS",
        Limit.ClientsPerStream => "MAX_CLIENTS_PER_STREAM",
        Limit.Streams => "MAX_STREAMS",
        Limit.Openings => "OPENINGS_PER_SECOND",
        Limit.Rings => "RINGS_SIZE",
        _ => "ANSWER_TIMEOUT",
    };

    /// <summary>Whether it is about who asks, rather than about this worker, which another worker might serve better.</summary>
    public static bool IsOfAddress(this Limit limit) => limit is Limit.ClientsPerAddress or Limit.Openings;
}
