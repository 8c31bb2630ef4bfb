using System.Text.Json.Serialization;

namespace AceProxy.Operations;

/// <summary>The body of <c>/readyz</c>.</summary>
/// <param name="Notes">What an operator should know, and a balancer need not; left out when there is nothing.</param>
internal sealed record ReadinessReport(
    bool Ready, IReadOnlyList<string> Obstacles, [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] IReadOnlyList<string>? Notes);
