namespace AceProxy.EngineSimulator.Contents;

/// <summary>Ways in which a JSON reply can be unusable.</summary>
public enum ReplyDefect
{
    None,

    /// <summary>The request is read and never answered.</summary>
    NeverAnswers,

    /// <summary>Plain 500, 45 bytes.</summary>
    InternalError,

    /// <summary>Status 200 and a web page.</summary>
    Html,

    /// <summary>JSON that stops in the middle.</summary>
    TruncatedJson,

    /// <summary>Valid JSON of 64 MiB.</summary>
    Huge,

    /// <summary>A response object without its fields.</summary>
    MissingFields,

    /// <summary>Numbers where strings belong, lists where numbers do.</summary>
    WrongTypes,
}
