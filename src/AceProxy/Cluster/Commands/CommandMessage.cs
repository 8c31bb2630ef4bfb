using System.Text.Json;
using System.Text.Json.Serialization;

namespace AceProxy.Cluster.Commands;

/// <summary>A command, or the reply to one, as it is published: JSON. Anything may be received.</summary>
internal sealed record CommandMessage
{
    private static readonly JsonSerializerOptions Format = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Converters = { new JsonStringEnumConverter<CommandKind>() },
    };

    /// <summary>The command's own, or of the command it replies to.</summary>
    public required string Id { get; init; }

    /// <summary>Who says it.</summary>
    public required string From { get; init; }

    /// <summary>The only one it is for; null: all.</summary>
    public string? To { get; init; }

    public WorkerCommand? Command { get; init; }

    /// <summary>The reply's.</summary>
    public string? Body { get; init; }

    /// <returns>Null: it makes no sense here; a later version may have sent it.</returns>
    public static CommandMessage? Parse(string? text)
    {
        try
        {
            return JsonSerializer.Deserialize<CommandMessage>(text ?? "null", Format);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    public override string ToString() => JsonSerializer.Serialize(this, Format);
}
