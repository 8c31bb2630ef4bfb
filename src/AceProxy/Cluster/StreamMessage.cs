using AceProxy.EngineApi;
using AceProxy.Telemetry;

namespace AceProxy.Cluster;

/// <summary>
/// What is told on a stream's channel, as text: <c>chunk epoch number</c>, <c>owner</c> (the lease has moved), <c>clients</c> (somebody has come
/// or gone on some worker), <c>released kind words</c>; <c>offer engine</c> (who would take the stream over? it is read there, or, with no engine,
/// nowhere) and the answers, <c>willing worker</c> and <c>unwilling worker</c>. Any of them may be lost, and anything may be received.
/// </summary>
internal readonly record struct StreamMessage(string Text)
{
    private const string ReleasedWord = "released";
    private const string OfferWord = "offer ";
    private const string WillingWord = "willing ";
    private const string UnwillingWord = "unwilling ";

    public static readonly StreamMessage Clients = new("clients");

    public bool IsChunk => Text.StartsWith("chunk ", StringComparison.Ordinal);

    public bool IsClients => Text == Clients.Text;

    /// <summary>Whether the lease may have moved, or anything else that is not understood has happened: look.</summary>
    public bool MovesLease =>
        !IsChunk && !IsClients && OfferedOn() is null
        && !Text.StartsWith(WillingWord, StringComparison.Ordinal) && !Text.StartsWith(UnwillingWord, StringComparison.Ordinal);

    public static StreamMessage Offer(string engine) => new(OfferWord + engine);

    public static StreamMessage Answer(string worker, bool isWilling) => new((isWilling ? WillingWord : UnwillingWord) + worker);

    /// <summary>The lease was given back; why, when the content cannot be played.</summary>
    public static StreamMessage Released(EngineFailure? failure) =>
        new(failure is null ? ReleasedWord : $"{ReleasedWord} {failure.Kind} {failure.Message}");

    /// <summary>The engine that the offered stream is read on, as host:port, empty for none; null: it is no offer.</summary>
    public string? OfferedOn() => Text.StartsWith(OfferWord, StringComparison.Ordinal) ? Text[OfferWord.Length..] : null;

    public (long Epoch, long Number)? Chunk()
    {
        string[] words = Text.Split(' ');
        return words.Length == 3 && IsChunk && long.TryParse(words[1], out long epoch) && long.TryParse(words[2], out long number)
            ? (epoch, number) : null;
    }

    /// <summary>
    /// Why the owner could not play the content; null if it does not say, or it is no reason for others: they may have other engines, and want it.
    /// </summary>
    public EngineFailure? Failure()
    {
        string[] words = Text.Split(' ', 3);
        return words.Length == 3 && words[0] == ReleasedWord && Enum.TryParse(words[1], out EngineFailureKind kind) && Enum.IsDefined(kind)
            && kind is not (EngineFailureKind.ShuttingDown or EngineFailureKind.Unwanted or EngineFailureKind.NoEngine)
            ? new EngineFailure(kind, Words.Tame(words[2])) : null;
    }

    public override string ToString() => Text;
}
