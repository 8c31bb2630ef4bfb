namespace AceProxy.Top.Steering;

/// <summary>Something that is to be done to the cluster.</summary>
/// <param name="Path">Below the API's address.</param>
/// <param name="Question">What the operator is asked before.</param>
/// <param name="Done">What is said after.</param>
internal sealed record Order(HttpMethod Method, string Path, string Question, string Done);
